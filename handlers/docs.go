package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage/handlers/api"
	"moorage/views"
)

// docs serves the reference of the API, made from its OpenAPI document.
type docs struct {
	base *url.URL
}

// Show handles "GET /docs".
func (h docs) Show(c echo.Context) error {
	d, err := api.ReadDocument()
	if err != nil {
		return fmt.Errorf("read the OpenAPI document: %w", err)
	}
	page := docsPage(d)
	page.Shell, page.BaseURL = shell(c, views.SectionTokens, "API"), h.base.String()
	return render(c, http.StatusOK, views.Docs(page), nil)
}

func docsPage(d api.Document) views.DocsPage {
	page := views.DocsPage{Summary: d.Info.Summary, Intro: paragraphs(d.Info.Description)}
	for _, tag := range d.Tags {
		group := views.DocsGroup{Name: tag.Name, Description: tag.Description}
		for _, p := range d.Paths {
			for _, o := range []struct {
				method    string
				operation *api.Operation
			}{{http.MethodGet, p.Value.Get}, {http.MethodPost, p.Value.Post}} {
				if o.operation != nil && slices.Contains(o.operation.Tags, tag.Name) {
					group.Operations = append(group.Operations, docsOperation(d, o.method, p.Key, p.Value, *o.operation))
				}
			}
		}
		page.Groups = append(page.Groups, group)
	}
	for _, s := range d.Components.Schemas {
		page.Types = append(page.Types, views.DocsType{Name: s.Key, Description: s.Value.Description, Words: s.Value.Enum, Fields: docsFields(s.Value)})
	}
	return page
}

func docsOperation(d api.Document, method, path string, at api.Path, o api.Operation) views.DocsOperation {
	v := views.DocsOperation{ID: o.ID, Method: method, Path: path, Summary: o.Summary, Description: paragraphs(o.Description)}
	for _, p := range slices.Concat(at.Parameters, o.Parameters) {
		if p.Ref != "" {
			p = d.Components.Parameters.Get(lastWord(p.Ref))
		}
		kind, link := docsKind(p.Schema)
		v.Parameters = append(v.Parameters, views.DocsField{Name: p.Name, In: p.In, Kind: kind, Link: link, Required: p.Required, Description: p.Description})
	}
	if o.Body != nil {
		body := o.Body.Content.Get("application/json")
		v.Body = lastWord(body.Schema.Ref)
		if text, err := json.MarshalIndent(body.Example, "", "  "); err == nil && body.Example != nil {
			v.BodyExample = string(text)
		}
	}
	for _, r := range o.Responses {
		if r.Key == "default" { // a problem, as the introduction says
			continue
		}
		answer := views.DocsAnswer{Status: r.Key, Description: r.Value.Description}
		for _, m := range r.Value.Content {
			kind, link := docsKind(m.Value.Schema)
			answer.Bodies = append(answer.Bodies, views.DocsField{Name: m.Key, Kind: kind, Link: link})
		}
		v.Answers = append(v.Answers, answer)
	}
	for _, e := range o.Examples {
		v.Examples = append(v.Examples, views.DocsExample(e))
	}
	return v
}

func docsFields(s api.Schema) []views.DocsField {
	var fields []views.DocsField
	for _, p := range s.Properties {
		kind, link := docsKind(p.Value)
		fields = append(fields, views.DocsField{Name: p.Key, Kind: kind, Link: link, Words: p.Value.Enum, Required: slices.Contains(s.Required, p.Key), Description: p.Value.Description})
	}
	return fields
}

// docsKind is the kind of a value in a word, and the type that it leads to.
func docsKind(s api.Schema) (kind, link string) {
	switch {
	case s.Ref != "":
		return lastWord(s.Ref), lastWord(s.Ref)
	case s.Items != nil:
		kind, link = docsKind(*s.Items)
		return "list of " + kind, link
	}
	return string(s.Type), ""
}

func lastWord(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// paragraphs are what empty lines part.
func paragraphs(text string) []string {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	return strings.Split(text, "\n\n")
}
