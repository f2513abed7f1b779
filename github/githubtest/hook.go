package githubtest

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Hook is a webhook: of a repository, or of a GitHub App. Change it before the
// next push as a person changes it on GitHub.
type Hook struct {
	URL    string
	Secret string
}

// Delivery is one request of a webhook as its page on GitHub shows it.
type Delivery struct {
	ID     string // X-GitHub-Delivery
	Event  string
	Body   []byte
	Status int // of the answer; 0: none came
	Answer string
}

// sending is a delivery that can be sent again.
type sending struct {
	Delivery
	hook *Hook
}

// deliverWithin is how long GitHub waits for an answer.
const deliverWithin = 10 * time.Second

// AddHook adds a webhook to a repository, and pings it.
func (s *Server) AddHook(owner, name, url, secret string) *Hook {
	r, err := s.find(owner, name)
	if err != nil {
		panic("githubtest: " + err.Error())
	}
	h := &Hook{URL: url, Secret: secret}
	s.mu.Lock()
	r.hooks = append(r.hooks, h)
	s.mu.Unlock()
	s.deliver(h, "ping", map[string]any{"zen": "Keep it logically awesome.", "hook_id": 1, "repository": s.describe(r)})
	return h
}

// Deliveries returns what was delivered so far, oldest first.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Delivery, len(s.sent))
	for i, d := range s.sent {
		list[i] = d.Delivery
	}
	return list
}

// Redeliver sends a delivery again, with its id and its body, and returns the
// new answer.
func (s *Server) Redeliver(id string) Delivery {
	s.mu.Lock()
	var again *sending
	for _, d := range s.sent {
		if d.ID == id {
			again = d
		}
	}
	s.mu.Unlock()
	if again == nil {
		panic("githubtest: no delivery " + id)
	}
	return s.send(again)
}

// hooksOf are those that a push to a repository goes to.
func (s *Server) hooksOf(r *repository) []*Hook {
	s.mu.Lock()
	defer s.mu.Unlock()
	hooks := append([]*Hook(nil), r.hooks...)
	for _, c := range s.clients {
		if c.hook != nil && r.installed {
			hooks = append(hooks, c.hook)
		}
	}
	return hooks
}

func (s *Server) deliver(h *Hook, event string, payload any) {
	body, err := json.Marshal(payload)
	if err != nil {
		panic("githubtest: " + err.Error())
	}
	guid := strings.ToLower(rand.Text())
	d := &sending{Delivery: Delivery{ID: fmt.Sprintf("%s-%s-11f0-%s-%s", guid[:8], guid[8:12], guid[12:16], guid[14:26]), Event: event, Body: body}, hook: h}
	s.mu.Lock()
	s.sent = append(s.sent, d)
	s.mu.Unlock()
	s.send(d)
}

// send makes the request with the headers that GitHub sends.
func (s *Server) send(d *sending) Delivery {
	s.mu.Lock()
	url, secret := d.hook.URL, d.hook.Secret
	s.mu.Unlock()
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(d.Body))
	if err != nil {
		panic("githubtest: " + err.Error())
	}
	req.Header = http.Header{
		"Accept": {"*/*"}, "Content-Type": {"application/json"}, "User-Agent": {"GitHub-Hookshot/f0e1d2c"},
		"X-Github-Delivery": {d.ID}, "X-Github-Event": {d.Event}, "X-Github-Hook-Id": {"1"},
	}
	if secret != "" {
		one, two := hmac.New(sha1.New, []byte(secret)), hmac.New(sha256.New, []byte(secret))
		one.Write(d.Body)
		two.Write(d.Body)
		req.Header.Set("X-Hub-Signature", "sha1="+hex.EncodeToString(one.Sum(nil)))
		req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(two.Sum(nil)))
	}
	client := http.Client{Timeout: deliverWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	status, answer := 0, ""
	if resp, err := client.Do(req); err != nil {
		answer = err.Error()
	} else {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20)) // what broke off is what came
		resp.Body.Close()
		status, answer = resp.StatusCode, string(text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d.Status, d.Answer = status, answer
	return d.Delivery
}
