package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/gateway"
)

// mcpPath begins every address that MCP clients call.
const mcpPath = "/mcp/"

// endpoints answers MCP over HTTP.
type endpoints interface {
	Serve(w http.ResponseWriter, r *http.Request, c gateway.Call)
}

// mcp is the endpoint of each server.
type mcp struct {
	servers
	endpoints endpoints
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
		Caller: caller(c), Server: s, Held: held,
		Still: func(context.Context) error {
			if !h.stillMay(c) {
				return moorage.Errorf(moorage.Unauthenticated, "The token is good no more.")
			}
			return nil
		},
	})
	return nil
}
