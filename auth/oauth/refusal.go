package oauth

import "fmt"

// Codes of refusals: RFC 6749 (sections 4.1.2.1 and 5.2), RFC 7591 (section
// 3.2.2) and RFC 8707 (section 2).
const (
	InvalidRequest          = "invalid_request"
	InvalidClient           = "invalid_client"
	InvalidGrant            = "invalid_grant"
	InvalidTarget           = "invalid_target"
	InvalidRedirect         = "invalid_redirect_uri"
	InvalidMetadata         = "invalid_client_metadata"
	UnauthorizedClient      = "unauthorized_client"
	UnsupportedGrantType    = "unsupported_grant_type"
	UnsupportedResponseType = "unsupported_response_type"
	AccessDenied            = "access_denied"
)

// Refusal is an answer to a client in the words of the protocol, unlike a
// moorage.Error, which is for people.
type Refusal struct {
	Code        string // one of the codes
	Description string // a sentence for the client's developer: ASCII, without quotes and backslashes
}

func (r *Refusal) Error() string { return r.Code + ": " + r.Description }

// refuse makes a Refusal. Nothing of the request goes into the description.
func refuse(code, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Description: fmt.Sprintf(format, args...)}
}
