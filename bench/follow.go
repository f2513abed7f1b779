package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// deployed is what a program reads of a deployment.
type deployed struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Image  string `json:"image"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// stream asks for an event stream as a program, or with the cookies of client.
func stream(ctx context.Context, client *http.Client, address, token string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "text/event-stream")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := client.Do(r)
	if err == nil && res.StatusCode != http.StatusOK {
		res.Body.Close()
		err = fmt.Errorf("%s: %s", address, res.Status)
	}
	return res, err
}

// await follows a deployment to its end, and wants it to be live.
func (h *home) await(ctx context.Context, token, id string) (d deployed, err error) {
	res, err := stream(ctx, &http.Client{Timeout: 10 * patience}, h.url+"/api/deployments/"+id+"/log", token)
	if err != nil {
		return d, err
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 16<<20)
	event := ""
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			event = name
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok || event != "end" {
			continue
		}
		if err := json.Unmarshal([]byte(data), &d); err != nil {
			return d, err
		}
		if d.Status != "live" {
			err = fmt.Errorf("deployment %s is %s: %+v", id, d.Status, d.Error)
		}
		return d, err
	}
	return d, fmt.Errorf("the log of %s breaks off: %w", id, lines.Err())
}
