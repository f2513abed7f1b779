package aggregate

import (
	"net/http"

	"moorage"
	"moorage/jsonrpc"
	"moorage/runner"
)

// agrees holds the headers of a tool's parameters against a call of the modern
// era, and answers when they say something else; the SDK does so with the others.
func (v *view) agrees(w http.ResponseWriter, r *http.Request, c moorage.Caller, m jsonrpc.Message) bool {
	if m.Method != methodCallTool {
		return true
	}
	k, err := v.catalog(r.Context(), c)
	if err != nil {
		v.a.o.Logger.WarnContext(r.Context(), "tools not read", "user", c.User.ID, "err", err)
		refuseWith(w, http.StatusInternalServerError, jsonrpc.Refusal(m.ID, jsonrpc.CodeInternal, "Something broke on our side. Try again."))
		return false
	}
	params, _ := jsonrpc.ParseObject(m.Params, "name", "arguments") // what cannot be read the SDK refuses
	e, _ := k.find(moorage.OfferTool, params.Text("name"))
	if why := runner.ParamHeadersOf(e.schema).Disagree(r.Header, params.Get("arguments")); why != "" {
		refuseWith(w, http.StatusBadRequest, jsonrpc.Refusal(m.ID, jsonrpc.CodeHeaderMismatch, why))
		return false
	}
	return true
}
