package builder

import (
	"context"
	"io"
	"testing"
	"time"

	controlapi "github.com/moby/buildkit/api/services/control"
	bk "github.com/moby/buildkit/client"
	"github.com/opencontainers/go-digest"
	"google.golang.org/grpc"

	"moorage"
)

// script is a stream that plays batches, as the engine would send them.
type script struct {
	grpc.ClientStream
	batches []*controlapi.StatusResponse
}

func (s *script) RecvMsg(m any) error {
	if len(s.batches) == 0 {
		return io.EOF
	}
	if to, ok := m.(*controlapi.StatusResponse); ok {
		to.Logs, to.Vertexes = s.batches[0].Logs, s.batches[0].Vertexes
	}
	s.batches = s.batches[1:]
	return nil
}

func TestEmptyBatchesOfAnEngineAreNotTold(t *testing.T) {
	full := &controlapi.StatusResponse{Logs: []*controlapi.VertexLog{{Msg: []byte("grain")}}}
	empty := &controlapi.StatusResponse{}
	played := &script{batches: []*controlapi.StatusResponse{full, empty, empty, full, empty}}
	stream, err := skipEmpty(t.Context(), nil, nil, "", func(context.Context, *grpc.StreamDesc, *grpc.ClientConn, string, ...grpc.CallOption) (grpc.ClientStream, error) {
		return played, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var batch controlapi.StatusResponse
	for range 2 {
		if err := stream.RecvMsg(&batch); err != nil || len(batch.Logs) != 1 {
			t.Errorf("%d lines, %v", len(batch.Logs), err)
		}
	}
	if err := stream.RecvMsg(&batch); err != io.EOF {
		t.Errorf("behind the end comes %v, %v", batch.Logs, err)
	}
	other := &struct{}{}
	played.batches = []*controlapi.StatusResponse{empty}
	if err := stream.RecvMsg(other); err != nil {
		t.Errorf("a message of another kind: %v", err)
	}
}

func TestAStepWhoseEndTheEngineDidNotTell(t *testing.T) {
	for _, c := range []struct {
		well, stopped bool
		want          moorage.StepStatus
	}{{true, false, moorage.StepDone}, {false, false, moorage.StepFailed}, {false, true, moorage.StepCancelled}} {
		log, now := newRecord(), time.Now()
		b := newBoard(log)
		b.show(&bk.SolveStatus{Vertexes: []*bk.Vertex{{Digest: digest.FromString("mill"), Name: "RUN mill", Started: &now}}})
		b.close(c.well, c.stopped)
		if got := log.step(t, "mill"); got.status != c.want || (got.output.String() == cutOff) != c.well {
			t.Errorf("%+v: the step is %s and says %q", c, got.status, got.output.String())
		}
	}
}
