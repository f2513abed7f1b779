package githubtest

import (
	"html/template"
	"net/http"
	"net/url"
)

// form is one page with one decision on it. A browser test presses its button.
type form struct {
	Title  string
	Text   string
	Action string
	Fields url.Values
	Button string
	Cancel string // "": no such button
}

var formPage = template.Must(template.New("form").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{{.Title}}</title>
<h1>{{.Title}}</h1>
<p>{{.Text}}</p>
<form method="post" action="{{.Action}}">
{{range $name, $values := .Fields}}{{range $values}}<input type="hidden" name="{{$name}}" value="{{.}}">
{{end}}{{end}}<button type="submit" id="authorize">{{.Button}}</button>
{{with .Cancel}}<button type="submit" id="cancel" name="cancel" value="1">{{.}}</button>
{{end}}</form>
</html>
`))

func showForm(w http.ResponseWriter, f form) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := formPage.Execute(w, f); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}
