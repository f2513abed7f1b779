package moorage

// Plan is what was found in the source and what will be done with it. All of
// it can be changed by hand before the first build.
type Plan struct {
	Commit      Commit
	FoundIn     string        // the file that decided: smithery.yaml, Dockerfile, package.json …
	Findings    []Finding     // what was found and why, in reading order
	Dockerfiles []Dockerfile  // every one in the repository, the chosen one first
	Config      Config        // what will be built and run
	Variables   []VariableAsk // what it asks for
	Name        string        // suggested title of the server
	Description string
}

// Commit is a commit of the source.
type Commit struct {
	Hash    string
	Ref     string // the branch or tag that led to it; "" when it was asked for by its hash
	Message string // first line
	Author  string
}

// Finding is one readable line of the plan.
type Finding struct {
	Topic Topic
	What  string // "Builds examples/weather/Dockerfile with the repository's root as context"
	Why   string // "Its COPY sources exist there."
}

// Topic is the part of the plan that a finding belongs to.
type Topic string

const (
	TopicSource Topic = "source"
	TopicBuild  Topic = "build"
	TopicRun    Topic = "run"
)

// Dockerfile is one that the repository holds, or one that Moorage would write.
type Dockerfile struct {
	Path      string // in the repository; "" when Generated
	Context   string // the folder that its COPY sources exist in
	Generated string // text, when Moorage wrote it
	Problem   string // why it cannot be built from the source alone; "" when it can
}

// VariableAsk is a variable that a server asks for.
type VariableAsk struct {
	Name        string
	Description string
	Secret      bool
	Required    bool
	Default     string
	Choices     []string
	From        string // where it was found: smithery.yaml, server.json, Dockerfile …
}
