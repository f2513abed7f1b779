package views

// Shell is what surrounds every page: the rail, the breadcrumbs, the person.
type Shell struct {
	Title   string  // of the document, without the product's name
	Section Section // which entry of the rail is current
	Crumbs  []Crumb // where I am; the last one is this page
	Person  Person  // zero: nobody is signed in, and there is no rail
	Toast   string  // what was just done, a sentence; "" for nothing
}

// Section is an entry of the rail.
type Section string

const (
	SectionHome        Section = "home"
	SectionServers     Section = "servers"
	SectionDeploy      Section = "deploy"
	SectionDeployments Section = "deployments"
	SectionConnect     Section = "connect"
	SectionTokens      Section = "tokens"
	SectionClients     Section = "clients"
	SectionAdmin       Section = "admin"
)

// Crumb is one step of the way to this page. The last one has no URL.
type Crumb struct {
	Label string
	URL   string
}

// Person is who is signed in.
type Person struct {
	Login     string
	Name      string
	AvatarURL string
	Admin     bool
}

// SignedIn reports whether there is a person at all.
func (p Person) SignedIn() bool { return p.Login != "" }
