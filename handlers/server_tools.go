package handlers

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"moorage"
	"moorage/auth"
	"moorage/views"
	"moorage/views/parts"
)

const maxOutputLines = 200

// tools serves the runner page: what a server does when it is called.
type tools struct {
	servers
	sockets sockets
}

// sockets opens MCP over WebSocket.
type sockets interface {
	Issue(server moorage.ServerID, user moorage.UserID, may func(context.Context) error, held func(context.Context) (moorage.Holding, error)) (ticket string, expires time.Time)
	ServeTicket(w http.ResponseWriter, r *http.Request, ticket string) error
	Output(ctx context.Context, server moorage.ServerID, user moorage.UserID) []byte
}

// Show handles "GET /servers/:slug/tools".
func (h tools) Show(c echo.Context) error {
	s, err := h.loadToCall(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	head, err := h.head(c, s, views.TabTools)
	if err != nil {
		return err
	}
	stored, err := h.db.Tools(ctx, s.ID)
	if err != nil {
		return err
	}
	page := views.ToolsPage{
		Shell:     serverShell(c, s, views.TabTools),
		Head:      head,
		CanCall:   s.LiveDeploymentID != "",
		TicketURL: serverPath(s.Slug) + "/ticket",
	}
	if head.CanManage {
		page.OutputURL = serverPath(s.Slug) + "/output"
		if page.Notice, err = h.notice(ctx, s, -1); err != nil {
			return err
		}
		page.Notice.StreamURL = changesPath(s.Slug) + "/stream"
	}
	if page.Held, err = h.heldNames(ctx, s.ID); err != nil {
		return err
	}
	if !page.CanCall {
		page.Why = "Nothing of this server is live, so there is nothing to call. Deploy it first."
		if !head.CanManage {
			page.Why = "Nothing of this server is live, so there is nothing to call. Ask " + head.Owner + " to deploy it."
		}
	}
	for _, t := range stored {
		page.Tools = append(page.Tools, toolDetail(t))
	}
	return render(c, http.StatusOK, views.Tools(page), nil)
}

// ticketAnswer is what GET /ws and POST /servers/:slug/ticket answer.
type ticketAnswer struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Ticket handles "POST /servers/:slug/ticket": the page's way to a socket.
func (h tools) Ticket(c echo.Context) error {
	s, err := h.loadToCall(c)
	if err != nil {
		return err
	}
	if h.mayManage(c, s) {
		return h.issue(c, s, nil) // to approve a change takes a look at it
	}
	return h.issue(c, s, h.heldOf(s))
}

// TicketForPrograms handles "GET /ws?server=<slug>" of a bearer. Whoever holds
// a socket can call everything of its server that is not held.
func (h tools) TicketForPrograms(c echo.Context) error {
	s, err := h.find(c, c.QueryParam("server"), h.mayCall)
	if err != nil {
		return err
	}
	if err := caller(c).Scope.CheckWhole(s.Slug); err != nil {
		return err
	}
	return h.issue(c, s, h.heldOf(s))
}

// heldOf says what is held of a server, as things are when it is asked.
func (h tools) heldOf(s moorage.Server) func(context.Context) (moorage.Holding, error) {
	return func(ctx context.Context) (moorage.Holding, error) { return h.db.Held(ctx, s.ID) }
}

// issue gives a ticket for a socket with the server.
func (h tools) issue(c echo.Context, s moorage.Server, held func(context.Context) (moorage.Holding, error)) error {
	if s.LiveDeploymentID == "" {
		return notLive(s)
	}
	ticket, expires := h.sockets.Issue(s.ID, user(c).ID, h.mayStillCall(c, s.Slug), held)
	u := h.base.JoinPath("ws", ticket)
	u.Scheme = map[string]string{"http": "ws", "https": "wss"}[u.Scheme]
	return c.JSON(http.StatusOK, ticketAnswer{URL: u.String(), ExpiresAt: expires.UTC()})
}

// mayStillCall says why who sent the request may not call all of a server, as
// things are when it is asked: a socket lasts longer than the request.
func (h tools) mayStillCall(c echo.Context, slug string) func(context.Context) error {
	again := h.again(c)
	return func(ctx context.Context) error {
		a, err := again(ctx)
		if err != nil {
			return err
		}
		s, err := h.db.ServerBySlug(ctx, slug)
		if err == nil && !(auth.MayCall(a.User, s) && a.Scope.Whole(slug)) {
			err = moorage.Errorf(moorage.Forbidden, "You may not call this server any more.")
		}
		return err
	}
}

func notLive(s moorage.Server) error {
	return moorage.Errorf(moorage.Conflict, "Nothing of %s is live.", serverTitle(s)).Try("Deploy it first.")
}

// Socket handles "GET /ws/:ticket": MCP over WebSocket for whoever holds the ticket.
func (h tools) Socket(c echo.Context) error {
	return h.sockets.ServeTicket(c.Response(), c.Request(), c.Param("ticket"))
}

// Output handles "GET /servers/:slug/output": the end of what the person's
// instances of the server printed.
func (h tools) Output(c echo.Context) error {
	s, err := h.loadToManage(c)
	if err != nil {
		return err
	}
	v := views.OutputTailView{URL: serverPath(s.Slug) + "/output", Empty: "The server has printed nothing."}
	text := strings.TrimRight(string(h.sockets.Output(c.Request().Context(), s.ID, user(c).ID)), "\n")
	if text != "" {
		lines := strings.Split(text, "\n")
		lines = lines[max(0, len(lines)-maxOutputLines):]
		for i, l := range lines {
			v.Lines = append(v.Lines, parts.LineView{Seq: int64(i + 1), Stream: moorage.StreamStderr, Text: l})
		}
	}
	return render(c, http.StatusOK, views.OutputTail(v), nil)
}

// toolShape is what pages show of a tool object (MCP 2025-11-25, Tool).
type toolShape struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Annotations struct {
		Title string `json:"title"`
	} `json:"annotations"`
	InputSchema struct {
		Properties map[string]struct {
			Type        any    `json:"type"`
			Description string `json:"description"`
		} `json:"properties"`
		Required []string `json:"required"`
	} `json:"inputSchema"`
}

// shapeOf reads a tool object. One that is not as the protocol has it still
// has its name.
func shapeOf(t moorage.Offer) toolShape {
	var s toolShape
	if err := json.Unmarshal(t.Object, &s); err != nil {
		return toolShape{}
	}
	s.Title = cmp.Or(s.Title, s.Annotations.Title)
	return s
}

func toolSummary(slug string, t moorage.Offer) views.ToolSummary {
	s := shapeOf(t)
	v := views.ToolSummary{Name: t.Name, Title: s.Title, Description: s.Description, URL: serverPath(slug) + "/tools#tool=" + t.Name}
	if t.Held {
		v.Changed = "Held back"
	}
	return v
}

func toolDetail(t moorage.Offer) views.ToolDetail {
	s := shapeOf(t)
	v := views.ToolDetail{Name: t.Name, Held: t.Held, Title: s.Title, Description: s.Description, Object: t.Object}
	for name, p := range s.InputSchema.Properties {
		kind, _ := p.Type.(string)
		v.Arguments = append(v.Arguments, views.ToolArgument{Name: name, Type: kind, Description: p.Description, Required: slices.Contains(s.InputSchema.Required, name)})
	}
	slices.SortFunc(v.Arguments, func(a, b views.ToolArgument) int {
		if a.Required != b.Required {
			return map[bool]int{true: -1, false: 1}[a.Required]
		}
		return strings.Compare(a.Name, b.Name)
	})
	return v
}
