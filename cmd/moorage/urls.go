package main

import (
	"fmt"
	"net/url"
	"strings"
)

func baseURL(v string) (*url.URL, error) {
	if v == "" {
		return nil, nil
	}
	s, err := webURL(v)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(s)
	if err == nil && u.Path != "" {
		err = fmt.Errorf("%q has a path; Moorage wants a host of its own, such as https://mcp.example.com", v)
	}
	return u, err
}

func collectorURL(v string) (string, error) {
	if v == "" {
		return "", nil
	}
	return webURL(v)
}

func webURL(v string) (string, error) {
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", fmt.Errorf("%q is not a URL such as https://example.com", v)
	}
	return strings.TrimSuffix(v, "/"), nil
}
