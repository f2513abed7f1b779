package builder

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/docker/docker/api/types/registry"
	"github.com/docker/docker/client"

	"moorage"
)

// CheckRegistry has the container engine, which is who pushes, sign in to the
// registry. The error says what is wrong and what to do.
func (e *Engine) CheckRegistry(ctx context.Context) error {
	_, err := e.docker.RegistryLogin(ctx, e.registryAuth())
	switch {
	case err == nil:
		return nil
	case client.IsErrConnectionFailed(err):
		return moorage.Errorf(moorage.Unavailable, "The container engine, which would ask the registry %s, does not answer.", e.registryHost()).
			Try("Start the engine first.").Because(err)
	case ctx.Err() != nil:
		return moorage.Errorf(moorage.Unavailable, "The registry %s does not answer the container engine in time.", e.registryHost()).
			Try("Check that it runs and that MOORAGE_REGISTRY names it.").Because(err)
	}
	return e.explainRegistry(err)
}

func (e *Engine) registryHost() string {
	host, _, _ := strings.Cut(e.options.Registry.Address, "/")
	return host
}

// registryAuth and registryHeader are where the registry's password goes: to
// the engine, and nowhere else.
func (e *Engine) registryAuth() registry.AuthConfig {
	r := e.options.Registry
	return registry.AuthConfig{Username: r.User, Password: r.Password, ServerAddress: e.registryHost()}
}

func registryHeader(auth registry.AuthConfig) (string, error) {
	b, err := json.Marshal(auth)
	if err != nil {
		return "", fmt.Errorf("write the registry's credentials: %w", err)
	}
	return base64.URLEncoding.EncodeToString(b), nil
}

// explainRegistry makes the sentence. The engine gives the registry's reason
// as text only.
func (e *Engine) explainRegistry(err error) *moorage.Error {
	host := e.registryHost()
	text := strings.ReplaceAll(err.Error(), host, "") // a name or a port is no reason
	switch {
	case containsAny(text, "unauthorized", "no basic auth", "authentication required", "denied", "403 Forbidden", "401 Unauthorized"):
		return moorage.Errorf(moorage.Forbidden, "The registry %s does not accept the user or the password.", host).
			Try("Check MOORAGE_REGISTRY_USER and MOORAGE_REGISTRY_PASSWORD, and that this user may push there.").Because(err)
	case containsAny(text, "server gave HTTP response to HTTPS client", "x509:", "certificate"):
		return moorage.Errorf(moorage.Unavailable, "The container engine does not trust the registry %s.", host).
			Try("Give the registry a certificate that the engine trusts, or list it under insecure-registries in the engine's configuration.").Because(err)
	case containsAny(text, unreachable...):
		return moorage.Errorf(moorage.Unavailable, "The registry %s cannot be reached.", host).
			Try("Check that it runs and that MOORAGE_REGISTRY names it.").Because(err)
	}
	return moorage.Errorf(moorage.Unavailable, "The registry %s does not work: %s", host, clipLine(lastCause(text))).
		Try("Look into the registry's own log.").Because(err)
}

// unreachable are an engine's words for a connection that was never made or broke
// off: which of the last four it finds for a reset is a matter of luck.
var unreachable = []string{
	"connection refused", "no such host", "i/o timeout", "no route to host", "network is unreachable",
	"EOF", "connection reset", "broken pipe", "use of closed network connection",
}
