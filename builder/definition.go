package builder

import (
	"fmt"
	"maps"
	"strings"

	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
	"google.golang.org/protobuf/proto"
)

// rewrite returns the definition with its sources changed where change does so.
// A definition is a list of operations in which each names those that it needs
// by the digest of their bytes, and they stand before it: so one that changes
// changes all that build on it, and what is known of them moves along.
func rewrite(def *pb.Definition, change func(*pb.SourceOp) (changed bool, err error)) (*pb.Definition, error) {
	now := make(map[string]string, len(def.Def)) // digests, by what they were
	written := make([][]byte, 0, len(def.Def))
	var sources []string // digests of what change changed
	for _, raw := range def.Def {
		was := digest.FromBytes(raw).String()
		op, changed, err := rewriteOp(raw, now, change)
		if err != nil {
			return nil, err
		}
		now[was] = was
		if changed {
			if raw, err = (proto.MarshalOptions{Deterministic: true}).Marshal(op); err != nil {
				return nil, fmt.Errorf("write an operation: %w", err)
			}
			now[was] = digest.FromBytes(raw).String()
			if op.GetSource() != nil {
				sources = append(sources, now[was])
			}
		}
		written = append(written, raw)
	}
	out := &pb.Definition{Def: written, Metadata: renamed(def.Metadata, now)}
	if def.Source != nil {
		out.Source = &pb.Source{Infos: def.Source.Infos, Locations: renamed(def.Source.Locations, now)}
	}
	for _, source := range sources {
		out.Metadata[source] = asLocal(out.Metadata[source])
	}
	return out, nil
}

// rewriteOp changes one operation: its source, or what it names.
func rewriteOp(raw []byte, now map[string]string, change func(*pb.SourceOp) (bool, error)) (op *pb.Op, changed bool, err error) {
	op = new(pb.Op)
	if err := op.UnmarshalVT(raw); err != nil {
		return nil, false, fmt.Errorf("read an operation: %w", err)
	}
	if source := op.GetSource(); source != nil {
		if changed, err = change(source); err != nil {
			return nil, false, err
		}
	}
	for _, input := range op.Inputs {
		to, known := now[input.Digest]
		if !known {
			return nil, false, fmt.Errorf("operation %s is needed before it is there", input.Digest)
		}
		changed = changed || to != input.Digest
		input.Digest = to
	}
	return op, changed, nil
}

func renamed[V any](known map[string]V, now map[string]string) map[string]V {
	out := make(map[string]V, len(known))
	for digest, value := range known {
		if to, ok := now[digest]; ok {
			digest = to
		}
		out[digest] = value
	}
	return out
}

// asLocal states what an engine must be able to do for a source that is local
// now; an old one cannot check a download, and need not any more.
func asLocal(was *pb.OpMetadata) *pb.OpMetadata {
	m := &pb.OpMetadata{}
	if was != nil {
		m = was.CloneVT()
	}
	m.Caps = maps.Clone(m.Caps)
	if m.Caps == nil {
		m.Caps = map[string]bool{}
	}
	maps.DeleteFunc(m.Caps, func(name string, _ bool) bool {
		return strings.HasPrefix(name, string(pb.CapSourceHTTP)) || name == string(pb.CapSourceHTTPUIDGID)
	})
	m.Caps[string(pb.CapSourceLocal)] = true
	m.Caps[string(pb.CapSourceLocalSessionID)] = true
	return m
}
