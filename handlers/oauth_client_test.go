package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	sdkauth "github.com/modelcontextprotocol/go-sdk/auth"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// endpointOf serves an MCP server of the Go SDK at a resource of the site, for
// whom the authorization server lets in, and everything else as the site does.
func endpointOf(s *site, resource string) {
	server := sdk.NewServer(&sdk.Implementation{Name: "weather"}, nil)
	sdk.AddTool(server, &sdk.Tool{Name: "whoami"}, func(ctx context.Context, _ *sdk.CallToolRequest, _ struct{}) (*sdk.CallToolResult, any, error) {
		return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: sdkauth.TokenInfoFromContext(ctx).UserID}}}, nil, nil
	})
	verify := func(ctx context.Context, token string, _ *http.Request) (*sdkauth.TokenInfo, error) {
		caller, err := s.options.OAuth.Caller(ctx, token, resource)
		if err != nil {
			return nil, errors.Join(sdkauth.ErrInvalidToken, err)
		}
		return &sdkauth.TokenInfo{UserID: caller.User.Login, Expiration: time.Now().Add(time.Minute)}, nil
	}
	metadata := strings.Replace(resource, "/mcp", "/.well-known/oauth-protected-resource/mcp", 1)
	endpoint := sdkauth.RequireBearerToken(verify, &sdkauth.RequireBearerTokenOptions{ResourceMetadataURL: metadata})(
		sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return server }, nil))
	pages := s.handler
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.base.String()+r.URL.Path == resource {
			endpoint.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// consents is a browser of the owner in which they press Allow, and its redirect
// to the client.
func (v *visitor) consents(address string) *url.URL {
	v.t.Helper()
	status, page, to := v.visit("GET", address, nil)
	if status == http.StatusOK {
		form := fieldsOf(v.t, page)
		form.Set("decision", "allow")
		_, _, to = v.visit("POST", "/oauth/authorize", form)
	}
	back, err := url.Parse(to)
	must(v.t, err)
	return back
}

// fieldsOf are the hidden fields of the form of a page.
func fieldsOf(t *testing.T, page string) url.Values {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	must(t, err)
	form := url.Values{}
	for n := range doc.Descendants() {
		field := map[string]string{}
		for _, a := range n.Attr {
			field[a.Key] = a.Val
		}
		if n.DataAtom == atom.Input && field["type"] == "hidden" {
			form.Add(field["name"], field["value"])
		}
	}
	return form
}

func TestTheClientOfTheGoSDKSignsInByItselfAndIsAskedOnce(t *testing.T) {
	s := newSite(t)
	s.listen()
	resource := s.base.String() + "/mcp/weather"
	endpointOf(s, resource)
	person := s.visitor()
	person.http.Jar.SetCookies(s.base, []*http.Cookie{s.session(s.owner)})
	sent := 0
	connect := func(client *oauthex.ClientCredentials) string {
		t.Helper()
		config := &sdkauth.AuthorizationCodeHandlerConfig{
			PreregisteredClient: client, RedirectURL: callback,
			AuthorizationCodeFetcher: func(_ context.Context, args *sdkauth.AuthorizationArgs) (*sdkauth.AuthorizationResult, error) {
				sent++
				back := person.consents(args.URL).Query()
				return &sdkauth.AuthorizationResult{Code: back.Get("code"), State: back.Get("state"), Iss: back.Get("iss")}, nil
			},
		}
		if client == nil {
			config.DynamicClientRegistrationConfig = &sdkauth.DynamicClientRegistrationConfig{
				Metadata: &oauthex.ClientRegistrationMetadata{ClientName: "Go SDK", RedirectURIs: []string{callback}, TokenEndpointAuthMethod: "none"},
			}
		}
		handler, err := sdkauth.NewAuthorizationCodeHandler(config)
		must(t, err)
		session, err := sdk.NewClient(&sdk.Implementation{Name: "test"}, nil).Connect(t.Context(), &sdk.StreamableClientTransport{Endpoint: resource, OAuthHandler: handler}, nil)
		must(t, err)
		defer session.Close()
		result, err := session.CallTool(t.Context(), &sdk.CallToolParams{Name: "whoami"})
		must(t, err)
		return result.Content[0].(*sdk.TextContent).Text
	}
	if who := connect(nil); who != "ada" || sent != 1 {
		t.Errorf("the client calls as %q, after %d sign-ins", who, sent)
	}
	grants := s.grants(s.owner)
	if len(grants) != 1 || grants[0].ClientName != "Go SDK" || grants[0].Resource != resource || grants[0].LastUsedAt.IsZero() {
		t.Fatalf("given is %+v", grants)
	}
	allowed := strings.Count(s.log.String(), `"asked":true`)
	if who := connect(&oauthex.ClientCredentials{ClientID: grants[0].ClientID}); who != "ada" || sent != 2 {
		t.Errorf("the second time the client calls as %q, after %d sign-ins", who, sent)
	}
	if n := strings.Count(s.log.String(), `"asked":true`); n != allowed || allowed != 1 {
		t.Errorf("the person was asked %d times", n)
	}
}
