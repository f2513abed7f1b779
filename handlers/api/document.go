package api

import (
	_ "embed"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"gopkg.in/yaml.v3"
)

//go:embed openapi.yaml
var openapi []byte

// OpenAPI handles "GET /openapi.yaml".
func OpenAPI(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/yaml; charset=utf-8", openapi)
}

// Document is what a page needs of openapi.yaml, in its order (OpenAPI 3.1).
type Document struct {
	Info struct {
		Title       string `yaml:"title"`
		Summary     string `yaml:"summary"`
		Description string `yaml:"description"`
	} `yaml:"info"`
	Tags       []Tag         `yaml:"tags"`
	Paths      ordered[Path] `yaml:"paths"`
	Components DocumentParts `yaml:"components"`
}

// DocumentParts are what others refer to.
type DocumentParts struct {
	Parameters ordered[Parameter] `yaml:"parameters"`
	Schemas    ordered[Schema]    `yaml:"schemas"`
}

// Tag is a group of operations.
type Tag struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
}

// Path is what can be done at one address.
type Path struct {
	Parameters []Parameter `yaml:"parameters"`
	Get        *Operation  `yaml:"get"`
	Post       *Operation  `yaml:"post"`
}

// Operation is one of them.
type Operation struct {
	Tags        []string          `yaml:"tags"`
	ID          string            `yaml:"operationId"`
	Summary     string            `yaml:"summary"`
	Description string            `yaml:"description"`
	Parameters  []Parameter       `yaml:"parameters"`
	Body        *Body             `yaml:"requestBody"`
	Responses   ordered[Response] `yaml:"responses"`
	Examples    []Example         `yaml:"x-examples"`
}

// Parameter stands in the address or in a header.
type Parameter struct {
	Ref         string `yaml:"$ref"`
	Name        string `yaml:"name"`
	In          string `yaml:"in"`
	Required    bool   `yaml:"required"`
	Description string `yaml:"description"`
	Schema      Schema `yaml:"schema"`
}

// Body is what a request holds.
type Body struct {
	Content ordered[Media] `yaml:"content"`
}

// Response is what comes back.
type Response struct {
	Ref         string         `yaml:"$ref"`
	Description string         `yaml:"description"`
	Content     ordered[Media] `yaml:"content"`
}

// Media is a body of one type.
type Media struct {
	Schema  Schema         `yaml:"schema"`
	Example map[string]any `yaml:"example"`
}

// Schema is the little of JSON Schema that the document uses.
type Schema struct {
	Ref         string          `yaml:"$ref"`
	Type        Kind            `yaml:"type"`
	Description string          `yaml:"description"`
	Enum        []string        `yaml:"enum"`
	Required    []string        `yaml:"required"`
	Items       *Schema         `yaml:"items"`
	Properties  ordered[Schema] `yaml:"properties"`
}

// Kind is what a value is: one word of JSON Schema, or several: "number or null".
type Kind string

// UnmarshalYAML reads a word, or a list of them.
func (k *Kind) UnmarshalYAML(node *yaml.Node) error {
	var several []string
	if node.Decode(&several) == nil {
		*k = Kind(strings.Join(several, " or "))
		return nil
	}
	return node.Decode((*string)(k))
}

// Example shows an operation in a terminal.
type Example struct {
	Label string `yaml:"label"`
	Text  string `yaml:"text"`
}

// ReadDocument reads openapi.yaml.
func ReadDocument() (Document, error) {
	var d Document
	err := yaml.Unmarshal(openapi, &d)
	return d, err
}

// ordered is a mapping in the order that it was written.
type ordered[T any] []struct {
	Key   string
	Value T
}

func (o *ordered[T]) UnmarshalYAML(n *yaml.Node) error {
	*o = make(ordered[T], len(n.Content)/2)
	for i := range *o {
		(*o)[i].Key = n.Content[2*i].Value
		if err := n.Content[2*i+1].Decode(&(*o)[i].Value); err != nil {
			return err
		}
	}
	return nil
}

// Get returns the value of a key; the zero value when it is not there.
func (o ordered[T]) Get(key string) T {
	for _, pair := range o {
		if pair.Key == key {
			return pair.Value
		}
	}
	var none T
	return none
}
