package builder

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strings"

	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"

	"moorage"
	"moorage/outbound"
)

// guard stands between the Dockerfile frontend and the engine and looks at
// every operation that the Dockerfile came to mean, after variables, stages
// and defaults. A refusal is remembered in the source.
type guard struct {
	gateway.Client
	source     *source
	anyAddress bool
}

// Solve passes a request on when every operation in it is allowed.
func (g *guard) Solve(ctx context.Context, req gateway.SolveRequest) (*gateway.Result, error) {
	if req.Frontend != "" {
		return nil, g.refuse(moorage.Errorf(moorage.Forbidden, "The Dockerfile asks for another frontend, which Moorage does not run.").
			Try("Take the “# syntax=” line out of the Dockerfile."))
	}
	if req.Definition != nil {
		for _, raw := range req.Definition.Def {
			var op pb.Op
			if err := op.UnmarshalVT(raw); err != nil {
				return nil, g.refuse(moorage.Errorf(moorage.Internal, "The build could not be checked.").Because(err))
			}
			if err := g.check(ctx, &op); err != nil {
				return nil, g.refuse(err)
			}
		}
	}
	return g.Client.Solve(ctx, req)
}

func (g *guard) refuse(err error) error {
	g.source.refuse(err)
	return err
}

func (g *guard) check(ctx context.Context, op *pb.Op) error {
	if exec := op.GetExec(); exec != nil {
		return checkExec(exec)
	}
	if src := op.GetSource(); src != nil && !g.anyAddress {
		return checkRemote(ctx, src)
	}
	return nil
}

func checkExec(exec *pb.ExecOp) error {
	switch {
	case exec.Security == pb.SecurityMode_INSECURE, exec.Network == pb.NetMode_HOST, len(exec.CdiDevices) > 0:
		return moorage.Errorf(moorage.Forbidden, "The Dockerfile asks for the host's network or devices, or for a privileged step, which builds on Moorage may not have.").
			Try("Take the flag out of the RUN instruction.")
	}
	return nil
}

// checkRemote refuses ADD from an address that is not public. The engine
// downloads such a source itself, from the host's own network, where a RUN
// could not reach. A name is resolved here and once more by the engine: this
// keeps out mistakes and plain attacks, not a name server that lies in between.
func checkRemote(ctx context.Context, src *pb.SourceOp) error {
	scheme, _, _ := strings.Cut(src.Identifier, "://")
	if scheme != "http" && scheme != "https" && scheme != "git" {
		return nil // an image, the context, or a layer of its own
	}
	address := src.Identifier
	if full := src.Attrs[pb.AttrFullRemoteURL]; full != "" {
		address = full
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return moorage.Errorf(moorage.Forbidden, "The Dockerfile adds files from %s, which is no address that Moorage can check.", clipLine(address)).
			Try("Use an https:// address in the ADD instruction.").Because(err)
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		return moorage.Errorf(moorage.Invalid, "The Dockerfile adds a file from %s, which cannot be found.", clipLine(u.Hostname())).
			Try("Check the ADD instruction's address.").Because(err)
	}
	if privateAmong(addrs) {
		return moorage.Errorf(moorage.Forbidden, "The Dockerfile adds a file from %s, which is not on the public internet.", clipLine(u.Hostname())).
			Try("Put the file into the repository and COPY it.")
	}
	return nil
}

func privateAmong(addrs []netip.Addr) bool {
	for _, a := range addrs {
		if !outbound.Public(a) {
			return true
		}
	}
	return false
}
