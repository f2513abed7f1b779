// Package githubtest is a GitHub for tests: sign-in pages, the REST API as far
// as Moorage uses it, and real Git over HTTP, on the loopback interface.
//
// What a client can get wrong is checked as GitHub checks it: PKCE, codes that
// are used once, tokens that may not see a private repository, pages of a list. Faults
// happen on demand.
//
//	hub := githubtest.New(t, githubtest.Options{})
//	hub.AddUser("octocat", 1, "acme")
//	hub.AddRepository("acme", "weather", map[string]string{"Dockerfile": "FROM scratch\n"}, githubtest.Repository{Private: true})
//	hub.SignInAs("octocat")
//
// The web pages and the API are under the same address: use Server.URL and
// Server.APIURL. It needs git on the machine.
package githubtest
