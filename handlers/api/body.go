package api

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage"
)

// read reads the body, a JSON object, into a struct whose fields all have a
// json tag. What is no field of it, and what has another type, is a fault at
// that field; names are compared to the letter.
func read[T any](c echo.Context) (T, error) {
	var body T
	raw, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return body, fmt.Errorf("read the body: %w", err)
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(raw, &given); err != nil || given == nil {
		return body, moorage.Errorf(moorage.Invalid, "The body of this request is a JSON object.").
			Try("Send one, such as {}. /docs shows what goes into it.").Because(err)
	}
	into := reflect.ValueOf(&body).Elem()
	var known []string
	var faults moorage.Faults
	for i := range into.NumField() {
		name, _, _ := strings.Cut(into.Type().Field(i).Tag.Get("json"), ",")
		known = append(known, name)
		value, ok := given[name]
		if !ok || string(value) == "null" {
			continue
		}
		if err := json.Unmarshal(value, into.Field(i).Addr().Interface()); err != nil {
			faults = append(faults, moorage.Fault{Field: "/" + name, Message: "Give " + kinds[into.Field(i).Kind()] + "."})
		}
	}
	for name := range given {
		if !slices.Contains(known, name) {
			faults = append(faults, moorage.Fault{Field: "/" + moorage.PointerToken(cut(name, 100)), Message: "There is no such field. Known are " + strings.Join(known, ", ") + "."})
		}
	}
	slices.SortFunc(faults, func(a, b moorage.Fault) int { return strings.Compare(a.Field, b.Field) })
	return body, unfit(faults)
}

// kinds are what goes into a field, in words.
var kinds = map[reflect.Kind]string{
	reflect.String: "a text", reflect.Bool: "true or false", reflect.Map: "an object of texts", reflect.Slice: "a JSON object",
}

// cut cuts s to at most n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
