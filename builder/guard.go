package builder

import (
	"context"
	"strings"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	srctypes "github.com/moby/buildkit/source/types"

	"moorage"
)

// guard stands between the Dockerfile frontend and the engine and looks at
// every operation that the Dockerfile came to mean, after variables, stages
// and defaults. What it does not know it refuses; a refusal is remembered in
// the source. Files from addresses it downloads, and hands on as our own.
type guard struct {
	gateway.Client
	source *source
}

// Solve passes a request on when every operation in it is allowed.
func (g *guard) Solve(ctx context.Context, req gateway.SolveRequest) (*gateway.Result, error) {
	if req.Frontend != "" {
		return nil, g.refuse(moorage.Errorf(moorage.Forbidden, "The Dockerfile asks for another frontend, which Moorage does not run.").
			Try("Take the “# syntax=” line out of the Dockerfile."))
	}
	if req.Definition != nil {
		if err := checkOps(req.Definition); err != nil {
			return nil, g.refuse(err)
		}
		ours, err := rewrite(req.Definition, func(src *pb.SourceOp) (bool, error) { return g.bring(ctx, src) })
		if err != nil {
			return nil, g.refuse(unchecked(err))
		}
		req.Definition = ours
	}
	return g.Client.Solve(ctx, req)
}

// ResolveSourceMetadata lets the frontend ask about images only: to learn
// anything of another source, the engine would fetch it.
func (g *guard) ResolveSourceMetadata(ctx context.Context, src *pb.SourceOp, opt sourceresolver.Opt) (*sourceresolver.MetaResponse, error) {
	if scheme, _, _ := strings.Cut(src.GetIdentifier(), "://"); scheme != srctypes.DockerImageScheme {
		return nil, g.refuse(moorage.Errorf(moorage.Forbidden, "The Dockerfile takes a date from another place, which builds on Moorage cannot.").
			Try("Write the date itself into SOURCE_DATE_EPOCH."))
	}
	return g.Client.ResolveSourceMetadata(ctx, src, opt)
}

func (g *guard) refuse(err error) error {
	g.source.refuse(err)
	return err
}

// unchecked is for what only a definition that no frontend writes brings about.
func unchecked(err error) error {
	if moorage.ErrorCode(err) != moorage.Internal {
		return err
	}
	return moorage.Errorf(moorage.Internal, "The build could not be checked.").
		Try("Deploy again; if it stays, the log of Moorage itself says more.").Because(err)
}

// checkOps looks at what the operations do, before anything is downloaded for one.
func checkOps(def *pb.Definition) error {
	for _, raw := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(raw); err != nil {
			return unchecked(err)
		}
		switch what := op.Op.(type) {
		case nil, *pb.Op_File, *pb.Op_Merge, *pb.Op_Diff: // the end of the list; layers among themselves
		case *pb.Op_Exec:
			if err := checkExec(what.Exec); err != nil {
				return err
			}
		case *pb.Op_Source:
			if err := checkSource(what.Source); err != nil {
				return err
			}
		default:
			return moorage.Errorf(moorage.Forbidden, "The Dockerfile asks for something that builds on Moorage may not do.").
				Try("Use the instructions of Docker's own Dockerfile reference.")
		}
	}
	return nil
}

func checkExec(exec *pb.ExecOp) error {
	network := exec.Network == pb.NetMode_UNSET || exec.Network == pb.NetMode_NONE
	if exec.Security != pb.SecurityMode_SANDBOX || !network || len(exec.CdiDevices) > 0 {
		return moorage.Errorf(moorage.Forbidden, "The Dockerfile asks for the host's network or devices, or for a privileged step, which builds on Moorage may not have.").
			Try("Take the flag out of the RUN instruction.")
	}
	return nil
}

// checkSource knows where layers and files may come from.
func checkSource(src *pb.SourceOp) error {
	scheme, name, _ := strings.Cut(src.Identifier, "://")
	switch {
	case scheme == srctypes.DockerImageScheme, scheme == srctypes.HTTPScheme, scheme == srctypes.HTTPSScheme:
		return nil
	case scheme == srctypes.LocalScheme && (name == contextName || name == dockerfilesName):
		return nil
	case scheme == srctypes.GitScheme:
		return moorage.Errorf(moorage.Forbidden, "The Dockerfile adds a Git repository, which builds on Moorage cannot: the engine would fetch it from this machine's own network.").
			Try("Clone it in a RUN instruction, or put its files into the repository and COPY them.")
	}
	return moorage.Errorf(moorage.Forbidden, "The Dockerfile takes files from %s, which is no place that Moorage knows.", clipLine(src.Identifier)).
		Try("Use a file of the repository, an image, or an https:// address.")
}

// bring makes a file from an address one of our session.
func (g *guard) bring(ctx context.Context, src *pb.SourceOp) (bool, error) {
	scheme, _, _ := strings.Cut(src.Identifier, "://")
	if scheme != srctypes.HTTPScheme && scheme != srctypes.HTTPSScheme {
		return false, nil
	}
	folder, err := g.source.added.Fetch(ctx, src)
	if err != nil {
		return false, err
	}
	src.Identifier = srctypes.LocalScheme + "://" + folder
	src.Attrs = map[string]string{pb.AttrLocalSessionID: g.BuildOpts().SessionID}
	return true, nil
}
