package moorage

import (
	"errors"
	"fmt"
)

// Code says what kind of trouble an error is. It decides the HTTP status.
type Code string

const (
	Invalid         Code = "invalid"         // the request cannot be right
	Unauthenticated Code = "unauthenticated" // nobody is signed in
	Forbidden       Code = "forbidden"       // somebody is, and may not
	NotFound        Code = "not_found"       // it is not there, or not theirs
	Conflict        Code = "conflict"        // somebody else was faster
	Limited         Code = "limited"         // too much, too often
	Unavailable     Code = "unavailable"     // something we lean on does not answer
	Refused         Code = "refused"         // a server that we asked for somebody answers with an error
	Internal        Code = "internal"        // our fault
)

// Error has two readers: Message and Next are sentences for the person (what
// happened, what to do next); Err is the cause for the log.
type Error struct {
	Code    Code
	Message string
	Next    string
	Err     error
}

// Errorf makes an error whose message is a sentence for the person.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Because adds the cause, for the log.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// Try adds what the person can do next.
func (e *Error) Try(format string, args ...any) *Error {
	e.Next = fmt.Sprintf(format, args...)
	return e
}

// RPCError is the JSON-RPC error of a server, as the server said it.
type RPCError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *RPCError) Error() string { return fmt.Sprintf("%s (%d)", e.Message, e.Code) }

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// ErrorCode returns the code of the outermost Error in the chain: Internal for
// errors that are none, "" for nil.
func ErrorCode(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	default:
		return Internal
	}
}

// ErrorMessage returns the sentence for the person. An error without one says
// nothing of its cause.
func ErrorMessage(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Message != "" {
		return e.Message
	}
	return "Something broke on our side."
}

// ErrorNext returns what the person can do next, or "".
func ErrorNext(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Next
	}
	return ""
}
