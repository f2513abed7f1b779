package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"moorage"
)

// Problem is an error as RFC 9457 has it, with what to do next and the request
// to name when asking for help.
type Problem struct {
	Title    string            `json:"title"`
	Status   int               `json:"status"`
	Code     moorage.Code      `json:"code"`
	Detail   string            `json:"detail,omitempty"`
	Next     string            `json:"next,omitempty"`
	Request  string            `json:"request,omitempty"`
	Errors   []FieldError      `json:"errors,omitempty"`
	RPCError *moorage.RPCError `json:"rpc_error,omitempty"` // of the server that was called
}

// FieldError is what is wrong with one field of the request.
type FieldError struct {
	Field   string `json:"field"` // a JSON pointer (RFC 6901) into the body; "?name" for a parameter of the URL
	Message string `json:"message"`
}

// HeaderChallenge says how to authenticate (RFC 9110, section 11.6.1). A route that
// knows more than "Bearer" sets it itself.
const HeaderChallenge = "WWW-Authenticate"

// Fail answers with application/problem+json.
func Fail(c echo.Context, status int, err error, request string) error {
	p := Problem{Title: http.StatusText(status), Status: status, Code: moorage.ErrorCode(err), Detail: moorage.ErrorMessage(err), Next: moorage.ErrorNext(err), Request: request}
	var faults moorage.Faults
	if errors.As(err, &faults) {
		for _, f := range faults {
			p.Errors = append(p.Errors, FieldError(f))
		}
	}
	errors.As(err, &p.RPCError)
	if status == http.StatusUnauthorized {
		if h := c.Response().Header(); h.Get(HeaderChallenge) == "" {
			h.Set(HeaderChallenge, "Bearer")
		}
	}
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return c.Blob(status, "application/problem+json", body)
}

// unfit is the error of a request that does not fit, field by field.
func unfit(faults moorage.Faults) error {
	if len(faults) == 0 {
		return nil
	}
	return moorage.Errorf(moorage.Invalid, "Something in the request does not fit, so nothing was done.").
		Try("Mend what errors names, and send it again.").Because(faults)
}
