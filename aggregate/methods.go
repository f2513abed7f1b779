package aggregate

import (
	"context"
	"errors"
	"strings"

	sdkjsonrpc "github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"moorage"
	"moorage/jsonrpc"
)

const (
	methodInitialize    = "initialize"
	methodDiscover      = "server/discover"
	methodListTools     = "tools/list"
	methodListPrompts   = "prompts/list"
	methodListResources = "resources/list"
	methodListTemplates = "resources/templates/list"
	methodCallTool      = "tools/call"
	methodGetPrompt     = "prompts/get"
	methodReadResource  = "resources/read"
	methodComplete      = "completion/complete"
)

// asking is one request, as it is answered.
type asking struct {
	guest
	method  string
	request mcp.Request
	session *mcp.ServerSession
	modern  bool
	catalog *catalog
}

// middleware answers what is about what servers offer, and leaves the protocol to
// the SDK.
func (v *view) middleware(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		answer := answers[method]
		if answer == nil && method != methodInitialize && method != methodDiscover {
			return next(ctx, method, req)
		}
		a, err := v.asking(&ctx, method, req)
		if err != nil {
			return nil, v.a.failure(ctx, err)
		}
		if answer == nil {
			result, err := next(ctx, method, req)
			a.instruct(result)
			return result, err
		}
		result, err := answer(ctx, a)
		if err != nil {
			return nil, v.a.failure(ctx, err)
		}
		return result, nil
	}
}

// answers are the methods that the middleware answers.
var answers = map[string]func(context.Context, *asking) (mcp.Result, error){
	methodListTools:     list,
	methodListPrompts:   list,
	methodListResources: list,
	methodListTemplates: list,
	methodCallTool:      callTool,
	methodGetPrompt:     getPrompt,
	methodReadResource:  readResource,
	methodComplete:      complete,
}

// asking reads who asks. What they do is theirs in the audit log, whoever began
// the session.
func (v *view) asking(ctx *context.Context, method string, req mcp.Request) (*asking, error) {
	g := guestOf(req.GetExtra().TokenInfo)
	session, _ := req.GetSession().(*mcp.ServerSession)
	a := &asking{guest: g, method: method, request: req, session: session}
	a.modern = req.GetExtra().Header.Get(headerVersion) >= modernVersion
	*ctx = moorage.WithActor(*ctx, g.actor)
	k, err := v.catalog(*ctx, g.caller)
	a.catalog = k
	return a, err
}

// list answers a method that lists with what was put together before: all of it,
// in one page.
func list(_ context.Context, a *asking) (mcp.Result, error) {
	object := a.catalog.lists[a.method]
	if a.method == methodListTools && a.view.key.small {
		object = a.catalog.smallList
	}
	return &raw{object: object, modern: a.modern, cacheable: true, ours: true}, nil
}

// instructions begin what a client is told when it connects.
const (
	instructions      = "Servers of Moorage. The name of a tool is the name of its server, two underscores, and its own name."
	smallInstructions = "Servers of Moorage. Find their tools with find_tool, and call what you find with call_tool."
)

// instruct tells a client how to use what there is.
func (a *asking) instruct(result mcp.Result) {
	how := instructions
	if a.view.key.small {
		how = smallInstructions
	}
	switch r := result.(type) {
	case *mcp.InitializeResult:
		if r != nil {
			r.Instructions = how + a.catalog.instructions
		}
	case *mcp.DiscoverResult:
		if r != nil {
			r.Instructions = how + a.catalog.instructions
		}
	}
}

// failure is an error as a client gets it: a sentence, or that of a server as the
// server said it. What is nobody's business goes to the log.
func (a *Aggregate) failure(ctx context.Context, err error) error {
	var said *sdkjsonrpc.Error
	var coded *moorage.Error
	switch {
	case errors.As(err, &said):
		return said
	case ctx.Err() != nil:
		return ctx.Err()
	case !errors.As(err, &coded):
		a.o.Logger.ErrorContext(ctx, "Not answered", "err", err)
		return &sdkjsonrpc.Error{Code: jsonrpc.CodeInternal, Message: moorage.ErrorMessage(err)}
	}
	return &sdkjsonrpc.Error{Code: codeOf(err), Message: sentence(err)}
}

func codeOf(err error) int64 {
	switch moorage.ErrorCode(err) {
	case moorage.Invalid, moorage.NotFound:
		return jsonrpc.CodeInvalidParams
	default:
		return jsonrpc.CodeServerGone
	}
}

// sentence is an error for the person, with what to do.
func sentence(err error) string {
	return strings.TrimSpace(moorage.ErrorMessage(err) + " " + moorage.ErrorNext(err))
}
