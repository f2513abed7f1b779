package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"moorage"
)

const (
	documentCap   = 5 << 10 // bytes, as the draft recommends
	documentLife  = 15 * time.Minute
	documentTime  = 5 * time.Second
	documentsKept = 500
	documentIDCap = 1000 // bytes of the URL
)

// documents reads and remembers the metadata documents whose URL is the id of a
// client (draft-ietf-oauth-client-id-metadata-document).
type documents struct {
	calls fetcher
	now   func() time.Time

	mu   sync.Mutex
	read map[string]document
}

type document struct {
	client Client
	until  time.Time
}

func newDocuments(calls fetcher, now func() time.Time) *documents {
	return &documents{calls: calls, now: now, read: map[string]document{}}
}

// isDocument reports whether the id of a client is the URL of a document.
func isDocument(id string) bool { return strings.HasPrefix(id, "https://") }

// client returns the client that a document describes. Errors are for a page.
func (d *documents) client(ctx context.Context, id string) (Client, error) {
	at, err := documentURL(id)
	if err != nil {
		return Client{}, err
	}
	d.mu.Lock()
	kept, ok := d.read[id]
	d.mu.Unlock()
	if ok && d.now().Before(kept.until) {
		return kept.client, nil
	}
	c, err := d.fetch(ctx, id)
	if err != nil {
		return Client{}, moorage.Errorf(moorage.Invalid, "The client that sent you here says that %s describes it, and that cannot be used.", at.Host).
			Try("Try again in a moment. If it stays so, the makers of the client have to mend the document at %s.", id).Because(err)
	}
	c.Host = at.Host
	d.keep(id, c)
	return c, nil
}

// documentURL checks what the draft, section 3, asks of a client_id.
func documentURL(id string) (*url.URL, error) {
	u, err := url.Parse(id)
	if err != nil || len(id) > documentIDCap || u.Scheme != "https" || u.User != nil || strings.Contains(id, "#") ||
		!validHost(u) || u.Path == "" || u.Path == "/" || path.Clean(u.Path) != strings.TrimSuffix(u.Path, "/") {
		return nil, errClient(err)
	}
	return u, nil
}

func (d *documents) fetch(ctx context.Context, id string) (Client, error) {
	ctx, cancel := context.WithTimeout(ctx, documentTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, id, nil)
	if err != nil {
		return Client{}, err
	}
	r.Header.Set("Accept", "application/json")
	resp, err := d.calls.Do(r)
	if err != nil {
		return Client{}, fmt.Errorf("fetch the document: %w", err)
	}
	defer resp.Body.Close()
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if resp.StatusCode != http.StatusOK || err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return Client{}, fmt.Errorf("the document is answered with %d and %q", resp.StatusCode, kind)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, documentCap+1))
	if err != nil {
		return Client{}, fmt.Errorf("read the document: %w", err)
	}
	if len(body) > documentCap {
		return Client{}, fmt.Errorf("the document is longer than %d bytes", documentCap)
	}
	return readDocument(id, body)
}

// readDocument checks a document. Redirects of kinds that we send nothing to
// are left out: the document is for other servers, too.
func readDocument(id string, body []byte) (Client, error) {
	var r registration
	if err := json.Unmarshal(body, &r); err != nil {
		return Client{}, fmt.Errorf("read the document: %w", err)
	}
	c := Client{ID: id, Name: cleanName(r.Name), redirects: usable(r.RedirectURIs)}
	switch {
	case r.ClientID != id:
		return Client{}, errors.New("the document is of another client")
	case len(c.redirects) == 0 || len(c.redirects) > redirectsCap:
		return Client{}, fmt.Errorf("the document has %d redirects of use", len(c.redirects))
	case r.AuthMethod != "" && r.AuthMethod != authNone:
		return Client{}, fmt.Errorf("the document asks for %.40q at the token endpoint; a client with a document is public here", r.AuthMethod)
	}
	return c, nil
}

// keep remembers a document for a while; failures are not remembered.
func (d *documents) keep(id string, c Client) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	for other, kept := range d.read {
		if !now.Before(kept.until) || len(d.read) >= documentsKept { // any: who is asked for again is read again
			delete(d.read, other)
		}
	}
	d.read[id] = document{c, now.Add(documentLife)}
}
