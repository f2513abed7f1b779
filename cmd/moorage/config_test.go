package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// terminal is a process with these variables, whose output nobody reads.
func terminal(pairs ...string) process {
	return process{environment(pairs...), strings.NewReader(""), io.Discard, io.Discard}
}

func environment(pairs ...string) func(string) string {
	env := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return env[name] }
}

func TestDefaults(t *testing.T) {
	c, err := readConfig(terminal(), "serve", nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != "127.0.0.1:8080" || c.URL.String() != "http://127.0.0.1:8080" || c.BuildTimeout != 20*time.Minute ||
		c.IdleTimeout != 5*time.Minute || c.BuildConcurrency != 1 || c.AllowLocalRepos || !strings.HasSuffix(c.MasterKeyFile, "data/master.key") {
		t.Fatalf("%+v", c)
	}
}

func TestAFlagGoesBeforeTheEnvironment(t *testing.T) {
	c, err := readConfig(terminal("MOORAGE_ADDR", "127.0.0.1:2", "MOORAGE_BUILD_CONCURRENCY", "3"), "serve", []string{"-addr", "127.0.0.1:1", "--build-timeout=1m"})
	if err != nil || c.Addr != "127.0.0.1:1" || c.BuildTimeout != time.Minute || c.BuildConcurrency != 3 {
		t.Fatalf("%+v, %v", c, err)
	}
}

func TestEveryFaultIsReportedAtOnce(t *testing.T) {
	_, err := readConfig(terminal(
		"MOORAGE_ADDR", "8080",
		"MOORAGE_URL", "ftp://x",
		"MOORAGE_ADMINS", "octocat,no spaces;",
		"MOORAGE_GITHUB_CLIENT_ID", "only-half",
		"MOORAGE_GITHUB_URL", "https://user@host",
		"MOORAGE_REGISTRY", "https://registry",
		"DOCKER_HOST", "/var/run/docker.sock",
		"MOORAGE_BUILD_CONCURRENCY", "0",
		"MOORAGE_BUILD_TIMEOUT", "soon",
		"MOORAGE_IDLE_TIMEOUT", "1ms",
		"MOORAGE_TRUSTED_PROXIES", "10.0.0.0/8,elsewhere",
		"MOORAGE_CORS_ORIGINS", "*",
		"OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317",
		"MOORAGE_ALLOW_LOCAL_REPOS", "perhaps",
	), "serve", nil)
	if err == nil {
		t.Fatal("no fault was found")
	}
	for _, want := range []string{"MOORAGE_ADDR", "MOORAGE_URL", "MOORAGE_ADMINS", "MOORAGE_GITHUB_CLIENT_SECRET", "MOORAGE_GITHUB_URL", "MOORAGE_REGISTRY", "DOCKER_HOST",
		"MOORAGE_BUILD_CONCURRENCY", "MOORAGE_BUILD_TIMEOUT", "MOORAGE_IDLE_TIMEOUT", "MOORAGE_TRUSTED_PROXIES", "MOORAGE_CORS_ORIGINS", "OTEL_EXPORTER_OTLP_ENDPOINT", "MOORAGE_ALLOW_LOCAL_REPOS"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not among the faults", want)
		}
	}
}

func TestTheURLOfAllAddressesIsOneThatABrowserCanOpen(t *testing.T) {
	for addr, want := range map[string]string{
		":9000": "http://127.0.0.1:9000", "0.0.0.0:80": "http://127.0.0.1:80", "[::]:80": "http://127.0.0.1:80",
		"127.0.0.2:80": "http://127.0.0.2:80", "localhost:80": "http://localhost:80",
	} {
		c, err := readConfig(terminal("MOORAGE_ADDR", addr), "serve", nil)
		if err != nil || c.URL.String() != want {
			t.Errorf("%s is at %s, %v; want %s", addr, c.URL, err, want)
		}
	}
}

func TestAPublicURLMustBeEncrypted(t *testing.T) {
	for url, good := range map[string]bool{"http://localhost:9": true, "http://127.0.0.1": true, "https://mcp.example.com": true, "http://mcp.example.com": false, "https://example.com/moorage": false} {
		if _, err := readConfig(terminal("MOORAGE_URL", url), "serve", nil); (err == nil) != good {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestAnOriginIsWrittenAsBrowsersWriteIt(t *testing.T) {
	for origin, good := range map[string]bool{
		"https://app.example.com": true, "http://localhost:5173": true, "https://a.example,https://b.example:8443": true, "": true,
		"*": false, "null": false, "app.example.com": false, "https://app.example.com/": false, "https://App.example.com": false, "https://*.example.com": false, "https://u@a.example": false, "ftp://a.example": false,
	} {
		if _, err := readConfig(terminal("MOORAGE_CORS_ORIGINS", origin), "serve", nil); (err == nil) != good {
			t.Errorf("%q: %v", origin, err)
		}
	}
}

func TestASecretIsReadFromAFileAndNeverFromTheCommandLine(t *testing.T) {
	for _, args := range [][]string{{"-github-client-secret", "x"}, {"-registry-password", "x"}, {"extra"}} {
		if _, err := readConfig(terminal(), "serve", args); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := readConfig(terminal(), "serve", []string{"-github-client-id", "id", "-github-client-secret-file", file})
	if err != nil || c.GitHubSecret != "s3cret" {
		t.Errorf("%q, %v", c.GitHubSecret, err)
	}
	if _, err := readConfig(terminal(), "serve", []string{"-registry-password-file", file + ".not"}); err == nil {
		t.Error("a file that is not there was accepted")
	}
}
