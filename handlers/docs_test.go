package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"moorage/handlers/api"
)

func TestTheDocumentDescribesEveryRouteOfTheAPIAndNoOther(t *testing.T) {
	d, err := api.ReadDocument()
	must(t, err)
	var described, served []string
	for _, p := range d.Paths {
		if p.Value.Get != nil {
			described = append(described, "GET "+p.Key)
		}
		if p.Value.Post != nil {
			described = append(described, "POST "+p.Key)
		}
	}
	for _, r := range newRooms(newSite(t).options, guard{}).routes() {
		if strings.HasPrefix(r.path, "/api/") {
			words := strings.Split(r.path, "/")
			for i, w := range words {
				if name, ok := strings.CutPrefix(w, ":"); ok {
					words[i] = "{" + name + "}"
				}
			}
			served = append(served, r.method+" "+strings.Join(words, "/"))
		}
	}
	slices.Sort(described)
	slices.Sort(served)
	if !slices.Equal(described, served) {
		t.Errorf("described:\n%s\nserved:\n%s", strings.Join(described, "\n"), strings.Join(served, "\n"))
	}
}

func TestTheReferenceShowsAllOfTheDocument(t *testing.T) {
	s := newSite(t)
	d, err := api.ReadDocument()
	must(t, err)
	var want []string
	for _, p := range d.Paths {
		want = append(want, "<code>"+p.Key+"</code>")
	}
	for _, x := range d.Components.Schemas {
		want = append(want, `id="`+x.Key+`"`)
		for _, p := range x.Value.Properties {
			want = append(want, "<code>"+p.Key+"</code>")
		}
	}
	want = append(want, "moorage deploy https://github.com/acme/weather.git", "curl -X POST", "?name for a parameter", "export MOORAGE_URL="+s.base.String())
	for _, as := range []who{nobody, browser(s.other)} {
		exchange{URL: "/docs", As: as, ExpectedStatus: http.StatusOK, ExpectedContent: want}.test(t, s)
		w := exchange{URL: "/openapi.yaml", As: as, ExpectedStatus: http.StatusOK, ExpectedContent: []string{"openapi: 3.1"}}.test(t, s)
		if kind := w.Header().Get("Content-Type"); !strings.HasPrefix(kind, "application/yaml") {
			t.Errorf("the document is %s", kind)
		}
	}
}
