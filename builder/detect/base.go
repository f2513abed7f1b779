package detect

// BaseImages are what generated Dockerfiles build on. Zero values mean the
// defaults, which the engine pulls when it builds.
type BaseImages struct {
	Node   string // default node:22-slim
	Python string // default python:3.13-slim
	Go     string // default golang:1.26
}

func (b BaseImages) withDefaults() BaseImages {
	for _, f := range []struct {
		field     *string
		otherwise string
	}{
		{&b.Node, "node:22-slim"},
		{&b.Python, "python:3.13-slim"},
		{&b.Go, "golang:1.26"},
	} {
		if *f.field == "" {
			*f.field = f.otherwise
		}
	}
	return b
}
