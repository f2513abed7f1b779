package detect

import "fmt"

// scalarText prints a plain value of a YAML file as the value of a variable.
func scalarText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool, int, int64, uint64, float64:
		return fmt.Sprint(v)
	}
	return ""
}
