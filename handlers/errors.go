package handlers

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/handlers/api"
	"moorage/views"
	"moorage/views/parts"
)

var errCrossSite = moorage.Errorf(moorage.Forbidden, "This request came from another site, so nothing was done.").
	Try("Open Moorage itself and try again from there.")

// httpStatus is the status of each kind of error.
var httpStatus = map[moorage.Code]int{
	moorage.Invalid:         http.StatusUnprocessableEntity,
	moorage.Unauthenticated: http.StatusUnauthorized,
	moorage.Forbidden:       http.StatusForbidden,
	moorage.NotFound:        http.StatusNotFound,
	moorage.Conflict:        http.StatusConflict,
	moorage.Limited:         http.StatusTooManyRequests,
	moorage.Unavailable:     http.StatusServiceUnavailable,
	moorage.Refused:         http.StatusBadGateway,
	moorage.Internal:        http.StatusInternalServerError,
}

// headings are what an error page says first.
var headings = map[int]string{
	http.StatusUnprocessableEntity:   "That does not fit",
	http.StatusUnauthorized:          "Please sign in",
	http.StatusForbidden:             "You may not do this",
	http.StatusNotFound:              "This page does not exist",
	http.StatusMethodNotAllowed:      "That is not how this address is used",
	http.StatusConflict:              "Somebody was faster",
	http.StatusRequestEntityTooLarge: "That is too large",
	http.StatusMisdirectedRequest:    "This is another Moorage",
	http.StatusTooManyRequests:       "That was too often",
	http.StatusServiceUnavailable:    "Something we lean on does not answer",
	http.StatusInternalServerError:   "Something broke on our side",
}

// errorHandler translates every error once: a page for people, problem+json
// for programs. An answer that has begun is broken off, so that nobody takes
// half of it for the whole.
func errorHandler(log *slog.Logger) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		ctx := c.Request().Context()
		if errors.Is(err, context.Canceled) && ctx.Err() != nil {
			return
		}
		status, err := known(err)
		if status >= http.StatusInternalServerError || c.Response().Committed {
			log.ErrorContext(ctx, "Request failed", "route", c.Path(), "request", requestID(c), "err", err.Error())
		}
		if c.Response().Committed {
			c.Set(brokenKey, true)
			return
		}
		if byProgram(c) {
			err = api.Fail(c, status, err, requestID(c))
		} else {
			err = errorPage(c, status, err)
		}
		if err != nil {
			log.ErrorContext(ctx, "Answer an error", "request", requestID(c), "err", err.Error())
		}
	}
}

// known finds the status of an error, and gives those of the HTTP machinery a
// sentence.
func known(err error) (status int, _ error) {
	var (
		tooLarge *http.MaxBytesError
		coded    *moorage.Error
		machine  *echo.HTTPError
	)
	status = http.StatusInternalServerError
	if errors.As(err, &machine) {
		status = machine.Code
	}
	switch {
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, moorage.Errorf(moorage.Invalid, "A request may hold at most %d MB.", tooLarge.Limit>>20).Try("Send less at once.").Because(err)
	case errors.As(err, &coded) && machine == nil:
		return cmp.Or(httpStatus[coded.Code], status), err
	case coded == nil && status == http.StatusNotFound:
		return status, moorage.Errorf(moorage.NotFound, "Nothing is at this address.").Try("Check it, or start from the home page.").Because(err)
	case coded == nil && status == http.StatusMethodNotAllowed:
		return status, moorage.Errorf(moorage.Invalid, "This address does not take such a request.").Try("Start from the home page.").Because(err)
	}
	return status, err
}

// byProgram reports whether a request is a program's: its errors are problem+json.
func byProgram(c echo.Context) bool {
	path := c.Request().URL.Path
	return strings.HasPrefix(path, "/api/") || path == aggregatePath || strings.HasPrefix(path, mcpPath) || strings.HasPrefix(path, hookPath) || strings.HasPrefix(path, wellKnown) || oauthPaths[path] || path == "/ws" || strings.HasPrefix(path, "/ws/") || path == "/metrics" || c.Path() == "/servers/:slug/ticket"
}

func errorPage(c echo.Context, status int, err error) error {
	if status == http.StatusUnauthorized && c.Request().Method == http.MethodGet && !wantsFragment(c) {
		return see(c, loginPath(c.Request().URL.RequestURI()))
	}
	page := views.ErrorPage{
		Shell:   shell(c, "", headings[status]),
		Status:  status,
		Heading: headings[status],
		Links:   []parts.Link{{Label: "Home", URL: "/"}},
	}
	var coded *moorage.Error
	if errors.As(err, &coded) {
		page.Message, page.Next = coded.Message, coded.Next
	}
	if status >= http.StatusInternalServerError {
		page.Ref = requestID(c)
	}
	if page.Next == "" {
		page.Next = "Go back and try again, or start from the home page."
	}
	return render(c, status, views.Error(page), views.ErrorBody(page))
}

// trouble is an error as it stands where the work was. What the person is not
// told goes to the log.
func (g guard) trouble(c echo.Context, err error, links ...parts.Link) *parts.Trouble {
	if err == nil {
		return nil
	}
	if status, _ := known(err); status >= http.StatusInternalServerError {
		g.log.WarnContext(c.Request().Context(), "Request in trouble", "route", c.Path(), "request", requestID(c), "err", err.Error())
	}
	return &parts.Trouble{Message: moorage.ErrorMessage(err), Next: moorage.ErrorNext(err), Links: links}
}
