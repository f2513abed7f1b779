package builder

import (
	"errors"
	"testing"

	"moorage"
)

func TestAConnectionThatBreaksOffIsNamedWhateverTheEngineCallsIt(t *testing.T) {
	const host = "127.0.0.1:40301"
	e := &Engine{options: Options{Registry: Registry{Address: host + "/team"}}}
	for _, says := range []string{
		"Patch \"http://" + host + "/v2/team/mill/blobs/uploads/1\": EOF",
		"Patch \"http://" + host + "/v2/team/mill/blobs/uploads/1\": read tcp 127.0.0.1:60018->" + host + ": read: connection reset by peer",
		"Patch \"http://" + host + "/v2/team/mill/blobs/uploads/1\": write tcp 127.0.0.1:60018->" + host + ": write: broken pipe",
		"write tcp 127.0.0.1:60018->" + host + ": use of closed network connection",
	} {
		err := e.explainPush(t.Context(), errors.New(says))
		wantError(t, err, moorage.Unavailable, "The registry "+host+" cannot be reached")
	}
	err := e.explainPush(t.Context(), errors.New("received unexpected HTTP status: 500 Internal Server Error"))
	wantError(t, err, moorage.Unavailable, "500 Internal Server Error")
	if moorage.ErrorNext(err) != "Look into the registry's own log. The image is kept; deploy again to retry." {
		t.Errorf("what to do: %q", moorage.ErrorNext(err))
	}
}
