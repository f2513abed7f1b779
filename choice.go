package moorage

// Choice is what a person leaves out of what the endpoint of all servers offers
// them. Its zero value leaves out nothing: what is new is offered. It gives
// nobody a right, and takes none.
type Choice map[ChoiceKey]struct{}

// ChoiceKey is one thing that is left out.
type ChoiceKey struct {
	Server ServerID
	Tool   string // "": the server with everything that it offers
}

// WithoutServer reports whether a server is left out.
func (c Choice) WithoutServer(id ServerID) bool { return c.without(id, "") }

// WithoutTool reports whether a tool of a server is left out, the server aside.
func (c Choice) WithoutTool(id ServerID, tool string) bool { return c.without(id, tool) }

func (c Choice) without(id ServerID, tool string) bool {
	_, out := c[ChoiceKey{id, tool}]
	return out
}

// ServerChoice is what a person chose of one server, among what they were shown:
// a tool that they were not shown stays as it was.
type ServerChoice struct {
	Server ServerID
	On     bool
	Shown  []string // tools
	Tools  []string // those of them that are offered
}
