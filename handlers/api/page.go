package api

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"moorage"
)

const (
	pageSize  = 50  // rows of a list, unless the caller says otherwise
	maxPage   = 200 // rows
	maxSearch = 200 // characters
)

// ask is what a list is asked for, in the parameters of its URL.
type ask struct {
	limit  int
	cursor string // of the answer before; "": from the beginning
	search string
	status moorage.DeploymentStatus
	server string // slug
}

// askOf reads the parameters that the lists know.
func askOf(c echo.Context) (a ask, err error) {
	var faults moorage.Faults
	complain := func(name, message string) {
		faults = append(faults, moorage.Fault{Field: "?" + name, Message: message})
	}
	a = ask{limit: pageSize, cursor: c.QueryParam("cursor"), search: c.QueryParam("search"), status: moorage.DeploymentStatus(c.QueryParam("status")), server: c.QueryParam("server")}
	if text := c.QueryParam("limit"); text != "" {
		if a.limit, err = strconv.Atoi(text); err != nil || a.limit < 1 || a.limit > maxPage {
			complain("limit", fmt.Sprintf("Give a number from 1 to %d.", maxPage))
		}
	}
	if utf8.RuneCountInString(a.search) > maxSearch {
		complain("search", fmt.Sprintf("Search for at most %d characters.", maxSearch))
	}
	if a.status != "" && !a.status.Valid() {
		complain("status", "No deployment ever has this status.")
	}
	return a, unfit(faults)
}

// badCursor is the error of a cursor that was not ours, or whose place is gone.
func badCursor() error {
	return unfit(moorage.Faults{{Field: "?cursor", Message: "This cursor leads nowhere any more. Begin the list again, without one."}})
}

// onePage cuts what was read to a page, and reports whether there is more:
// a list is read one row beyond its limit.
func onePage[R any](rows []R, limit int) ([]R, bool) {
	return rows[:min(len(rows), limit)], len(rows) > limit
}
