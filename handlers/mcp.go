package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/gateway"
)

// mcpPath begins the address of each server that MCP clients call; aggregatePath
// is that of all.
const (
	mcpPath       = "/mcp/"
	aggregatePath = "/mcp"
)

// endpoints answers MCP over HTTP.
type endpoints interface {
	Serve(w http.ResponseWriter, r *http.Request, c gateway.Call)
}

// aggregate answers MCP over HTTP for all servers at once.
type aggregate interface {
	Serve(w http.ResponseWriter, r *http.Request, c moorage.Caller, still func(ctx context.Context) error)
}

// mcp is the endpoint of each server, and that of all.
type mcp struct {
	servers
	endpoints endpoints
	all       aggregate
}

// Serve handles "/mcp/:slug" with every method that MCP has.
func (h mcp) Serve(c echo.Context) error {
	s, err := h.loadToCall(c)
	if err != nil {
		return err
	}
	held, err := h.db.Held(c.Request().Context(), s.ID)
	if err != nil {
		return err
	}
	h.endpoints.Serve(c.Response(), c.Request(), gateway.Call{
		Caller: caller(c), Server: s, Held: held, Still: h.still(c),
	})
	return nil
}

// ServeAll handles "/mcp" with every method that MCP has.
func (h mcp) ServeAll(c echo.Context) error {
	h.all.Serve(c.Response(), c.Request(), caller(c), h.still(c))
	return nil
}

// still says whether who sent the request may go on.
func (h mcp) still(c echo.Context) func(context.Context) error {
	return func(context.Context) error {
		if !h.stillMay(c) {
			return moorage.Errorf(moorage.Unauthenticated, "The token is good no more.")
		}
		return nil
	}
}
