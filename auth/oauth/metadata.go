package oauth

import "moorage"

// Scope is the one scope there is. What a token is good for is said by its
// resource, so that no client has to know our words.
const Scope = "mcp"

// Metadata is what an authorization server tells of itself (RFC 8414, section 2,
// RFC 9207, section 3, and the draft of client ID metadata documents).
type Metadata struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	RegistrationEndpoint  string   `json:"registration_endpoint"`
	RevocationEndpoint    string   `json:"revocation_endpoint"`
	Scopes                []string `json:"scopes_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	ResponseModes         []string `json:"response_modes_supported"`
	GrantTypes            []string `json:"grant_types_supported"`
	AuthMethods           []string `json:"token_endpoint_auth_methods_supported"`
	RevocationAuthMethods []string `json:"revocation_endpoint_auth_methods_supported"`
	ChallengeMethods      []string `json:"code_challenge_methods_supported"`
	IssInResponse         bool     `json:"authorization_response_iss_parameter_supported"`
	ClientDocuments       bool     `json:"client_id_metadata_document_supported"`
}

// Metadata describes the server. The issuer is MOORAGE_URL exactly.
func (s *Server) Metadata() Metadata {
	methods := []string{authNone, authPost, authBasic}
	return Metadata{
		Issuer:                s.base,
		AuthorizationEndpoint: s.base + "/oauth/authorize",
		TokenEndpoint:         s.base + "/oauth/token",
		RegistrationEndpoint:  s.base + "/oauth/register",
		RevocationEndpoint:    s.base + "/oauth/revoke",
		Scopes:                []string{Scope},
		ResponseTypes:         []string{"code"},
		ResponseModes:         []string{"query"},
		GrantTypes:            []string{grantCode, grantRefresh},
		AuthMethods:           methods,
		RevocationAuthMethods: methods,
		ChallengeMethods:      []string{"S256"},
		IssInResponse:         true,
		ClientDocuments:       true,
	}
}

// ResourceMetadata is what an endpoint tells of who lets callers in (RFC 9728,
// section 2).
type ResourceMetadata struct {
	Resource             string   `json:"resource"`
	AuthorizationServers []string `json:"authorization_servers"`
	Scopes               []string `json:"scopes_supported"`
	BearerMethods        []string `json:"bearer_methods_supported"`
	Name                 string   `json:"resource_name"`
}

// ResourceMetadata describes the endpoint of a server, or of all with "". It is
// the same whether or not there is such a server. NotFound when there can be none.
func (s *Server) ResourceMetadata(slug string) (ResourceMetadata, error) {
	name := "Moorage"
	if slug != "" {
		if !moorage.ValidSlug(slug) {
			return ResourceMetadata{}, moorage.Errorf(moorage.NotFound, "Nothing is at this address.")
		}
		name = slug + " on Moorage"
	}
	return ResourceMetadata{
		Resource: s.resource(slug), AuthorizationServers: []string{s.base}, Scopes: []string{Scope},
		BearerMethods: []string{"header"}, Name: name,
	}, nil
}
