package builder

import (
	"context"

	controlapi "github.com/moby/buildkit/api/services/control"
	"google.golang.org/grpc"
)

// skipEmpty leaves out batches of states without a state. BuildKit's client waits
// for the end of the states as long as batches come, and the BuildKit in Docker
// 20.10 sends empty ones without end once it has to cut a batch of more than a
// megabyte, as it does when a build prints fast on a busy machine. When none
// come the client gives the engine five seconds after the end of the build.
func skipEmpty(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	stream, err := open(ctx, desc, conn, method, opts...)
	if err != nil {
		return nil, err
	}
	return states{stream}, nil
}

type states struct{ grpc.ClientStream }

func (s states) RecvMsg(m any) error {
	for {
		if err := s.ClientStream.RecvMsg(m); err != nil {
			return err
		}
		batch, ok := m.(*controlapi.StatusResponse)
		if !ok || len(batch.Vertexes)+len(batch.Statuses)+len(batch.Logs)+len(batch.Warnings) > 0 {
			return nil
		}
	}
}
