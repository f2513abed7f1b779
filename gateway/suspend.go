package gateway

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"moorage/jsonrpc"
)

// badState is said of every request state that is of no use, whatever is
// wrong with it.
const badState = "This requestState is not known here: it was used, is too old, or is of another call. Call anew, without it."

// A request state is the id of a suspended call and a code that binds it to
// who may go on with it, and with what.
const (
	stateID   = 16 // bytes
	stateCode = sha256.Size
)

// suspend ends an exchange whose call the client has to be asked for, and
// returns what it ends with; nil when nothing was asked.
func (b *bridge) suspend(ctx context.Context, c Call, x *crossing) *jsonrpc.Message {
	b.mu.Lock()
	if len(x.questions) == 0 || ctx.Err() != nil || x.stream.finished() {
		b.mu.Unlock()
		return nil
	}
	user := x.span.party.user
	if b.waits[user] >= b.g.o.WaitingPerUser {
		b.mu.Unlock()
		b.cancel(x, "Too many calls wait for their client.")
		no := jsonrpc.Refusal(nil, jsonrpc.CodeServerGone, fmt.Sprintf(
			"The server asks something, but %d of your calls wait for an answer already, as many as may be. Answer those, or wait until they are given up.", b.g.o.WaitingPerUser))
		return &no
	}
	defer b.mu.Unlock()
	id := make([]byte, stateID)
	rand.Read(id) // never fails
	x.waits = true
	b.waits[user]++
	b.waiting[string(id)] = x
	x.timer = time.AfterFunc(b.g.o.AnswerTimeout, func() { b.giveUp(string(id), x) })
	requests := jsonrpc.Object{}
	for _, q := range x.questions {
		requests = append(requests, jsonrpc.Member{Name: q.key, Value: q.asked})
	}
	state, _ := json.Marshal(base64.RawURLEncoding.EncodeToString(append(id, b.code(id, c, x.method, x.digest)...))) // a string always marshals
	result := signed(jsonrpc.Object{
		{Name: "resultType", Value: json.RawMessage(`"input_required"`)},
		{Name: "inputRequests", Value: requests.Raw()},
		{Name: "requestState", Value: state},
	}, x.span.welcome.Get("serverInfo"))
	return &jsonrpc.Message{Result: result.Raw()}
}

// resume goes on with a suspended call, with the client's answers. why says that
// there is no such call, or none that can go on so.
func (b *bridge) resume(r *http.Request, c Call, m jsonrpc.Message, d declared) (x *crossing, why *jsonrpc.Message, err error) {
	answers, fault := answersOf(d)
	if fault != "" {
		return nil, no(m, jsonrpc.CodeInvalidParams, fault), nil
	}
	id, x := b.sleeper(c, m, d)
	if x == nil {
		return nil, no(m, jsonrpc.CodeInvalidParams, badState), nil
	}
	if why := b.g.agreesParams(r, c, x.span.session, m); why != nil {
		return nil, why, nil
	}
	if !b.awake(id, x) {
		return nil, no(m, jsonrpc.CodeInvalidParams, badState), nil
	}
	x.answer(r.Context(), answers)
	return x, nil, x.start(r.Context())
}

// sleeper is the suspended call that a request state is of, when that is good
// for this call; nil else.
func (b *bridge) sleeper(c Call, m jsonrpc.Message, d declared) (string, *crossing) {
	id, code, ok := parseState(d.params.Text("requestState"))
	if !ok || !hmac.Equal(code, b.code(id, c, m.Method, digest(d.params))) {
		return "", nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(id), b.waiting[string(id)]
}

// giveUp cancels a call whose client has not come back.
func (b *bridge) giveUp(id string, x *crossing) {
	if b.awake(id, x) {
		b.cancel(x, "Nobody has answered.")
	}
}

// awake ends the suspension of a call; false when that has ended by now.
func (b *bridge) awake(id string, x *crossing) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting[id] != x {
		return false
	}
	x.timer.Stop()
	x.waits = false
	delete(b.waiting, id)
	user := x.span.party.user
	if b.waits[user]--; b.waits[user] <= 0 {
		delete(b.waits, user)
	}
	return true
}

// code binds the id of a suspended call to the person, the server and the call.
func (b *bridge) code(id []byte, c Call, method, digest string) []byte {
	bound, _ := json.Marshal([]string{string(c.Caller.User.ID), string(c.Server.ID), method, digest}) // strings always marshal
	mac := hmac.New(sha256.New, b.secret)
	mac.Write(id) // of one length always
	mac.Write(bound)
	return mac.Sum(nil)
}

// parseState splits a request state; false when it is none of ours.
func parseState(state string) (id, code []byte, ok bool) {
	if len(state) != base64.RawURLEncoding.EncodedLen(stateID+stateCode) {
		return nil, nil, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(state)
	if err != nil || len(b) != stateID+stateCode {
		return nil, nil, false
	}
	return b[:stateID], b[stateID:], true
}

// digest names the parameters of a call, whichever way they are written. What
// differs between the exchanges of one call has no part in it.
func digest(params jsonrpc.Object) string {
	raw := params.Without("_meta").Without("inputResponses").Without("requestState").Raw()
	var value any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if dec.Decode(&value) == nil {
		if sorted, err := json.Marshal(value); err == nil {
			raw = sorted
		}
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
