package parts

import "strings"

// style is how text looks. Colours are 1–16 for f0–f15; 0 is the default.
type style struct {
	fg, bg                       uint8
	bold, dim, italic, underline bool
}

// classes lists the classes of a style that is not the zero one.
func (s style) classes() string {
	var names []string
	if s.fg > 0 {
		names = append(names, "f"+colourNames[s.fg-1])
	}
	if s.bg > 0 {
		names = append(names, "b"+colourNames[s.bg-1])
	}
	for _, flag := range []struct {
		on   bool
		name string
	}{{s.bold, "bold"}, {s.dim, "dim"}, {s.italic, "italic"}, {s.underline, "underline"}} {
		if flag.on {
			names = append(names, flag.name)
		}
	}
	return strings.Join(names, " ")
}

var colourNames = [16]string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"}

// apply returns the style after a Select Graphic Rendition sequence
// (ECMA-48, 8.3.117). What it does not know it leaves out.
func (s style) apply(sequence string) style {
	params := sgrParams(sequence)
	for i := 0; i < len(params); i++ {
		switch p := params[i]; {
		case p == 0:
			s = style{}
		case p == 1:
			s.bold = true
		case p == 2:
			s.dim = true
		case p == 3:
			s.italic = true
		case p == 4:
			s.underline = true
		case p == 22:
			s.bold, s.dim = false, false
		case p == 23:
			s.italic = false
		case p == 24:
			s.underline = false
		case p == 38 || p == 48:
			colour, used := extendedColour(params[i+1:])
			if p == 38 {
				s.fg = colour
			} else {
				s.bg = colour
			}
			i += used
		default:
			s = s.colour(p)
		}
	}
	return s
}

// colour applies the parameters of the sixteen named colours.
func (s style) colour(p int) style {
	switch {
	case p >= 30 && p <= 37:
		s.fg = uint8(p-30) + 1
	case p >= 90 && p <= 97:
		s.fg = uint8(p-90) + 9
	case p == 39:
		s.fg = 0
	case p >= 40 && p <= 47:
		s.bg = uint8(p-40) + 1
	case p >= 100 && p <= 107:
		s.bg = uint8(p-100) + 9
	case p == 49:
		s.bg = 0
	}
	return s
}

// extendedColour reads 5;n (one of 256) or 2;r;g;b, gives the nearest of the
// sixteen, and says how many parameters it took.
func extendedColour(params []int) (colour uint8, used int) {
	switch {
	case len(params) >= 2 && params[0] == 5:
		return nearest(palette256(params[1])), 2
	case len(params) >= 5 && params[0] == 2 && params[1] == 0: // 38:2::r:g:b
		return nearest(params[2], params[3], params[4]), 5
	case len(params) >= 4 && params[0] == 2:
		return nearest(params[1], params[2], params[3]), 4
	}
	return 0, len(params)
}

// palette256 is the colour of xterm's table.
func palette256(n int) (r, g, b int) {
	switch {
	case n < 0 || n > 255:
		return palette16[7][0], palette16[7][1], palette16[7][2]
	case n < 16:
		return palette16[n][0], palette16[n][1], palette16[n][2]
	case n < 232:
		cube := func(v int) int {
			if v == 0 {
				return 0
			}
			return 55 + 40*v
		}
		n -= 16
		return cube(n / 36), cube(n / 6 % 6), cube(n % 6)
	default:
		grey := 8 + 10*(n-232)
		return grey, grey, grey
	}
}

// palette16 is xterm's, to measure the distance of colours; the style sheet
// decides how each looks.
var palette16 = [16][3]int{
	{0, 0, 0}, {205, 0, 0}, {0, 205, 0}, {205, 205, 0}, {0, 0, 238}, {205, 0, 205}, {0, 205, 205}, {229, 229, 229},
	{127, 127, 127}, {255, 0, 0}, {0, 255, 0}, {255, 255, 0}, {92, 92, 255}, {255, 0, 255}, {0, 255, 255}, {255, 255, 255},
}

func nearest(r, g, b int) uint8 {
	best, distance := 0, 1<<62
	for i, c := range palette16 {
		dr, dg, db := clamp(r)-c[0], clamp(g)-c[1], clamp(b)-c[2]
		if d := dr*dr + dg*dg + db*db; d < distance {
			best, distance = i, d
		}
	}
	return uint8(best) + 1
}

func clamp(v int) int { return min(max(v, 0), 255) }
