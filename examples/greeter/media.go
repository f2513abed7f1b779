package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func addMedia(server *mcp.Server) {
	mcp.AddTool(server, &mcp.Tool{
		Name: "draw", Title: "Draw", Description: "Draws a shape and returns it as an image.",
		InputSchema: schema[drawing](func(p props) {
			p["shape"].Enum = []any{"circle", "square", "waves"}
			p["shape"].Default = json.RawMessage(`"waves"`)
			p["size"].Minimum, p["size"].Maximum = jsonschema.Ptr(16.0), jsonschema.Ptr(512.0)
			p["size"].Default = json.RawMessage("192")
		}),
	}, draw)
	mcp.AddTool(server, &mcp.Tool{
		Name: "chime", Title: "Chime", Description: "Plays three notes and returns them as a sound.",
		InputSchema: schema[melody](func(p props) {
			p["pitch"].Minimum, p["pitch"].Maximum = jsonschema.Ptr(110.0), jsonschema.Ptr(1760.0)
			p["pitch"].Default = json.RawMessage("523.25")
		}),
	}, chime)
}

type drawing struct {
	Shape string `json:"shape,omitempty" jsonschema:"what is drawn"`
	Size  int    `json:"size,omitempty" jsonschema:"width and height in pixels"`
}

func draw(_ context.Context, _ *mcp.CallToolRequest, in drawing) (*mcp.CallToolResult, any, error) {
	picture := image.NewRGBA(image.Rect(0, 0, in.Size, in.Size))
	for y := range in.Size {
		for x := range in.Size {
			// Both from -1 to 1, with the origin in the middle.
			u := 2*(float64(x)+0.5)/float64(in.Size) - 1
			v := 2*(float64(y)+0.5)/float64(in.Size) - 1
			picture.Set(x, y, paint(in.Shape, u, v))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return nil, nil, fmt.Errorf("encode the picture: %w", err)
	}
	return &mcp.CallToolResult{Content: []mcp.Content{
		&mcp.ImageContent{Data: b.Bytes(), MIMEType: "image/png"},
		&mcp.TextContent{Text: fmt.Sprintf("A picture: %s, %d × %d pixels.", in.Shape, in.Size, in.Size)},
	}}, nil, nil
}

var (
	sky = color.RGBA{R: 224, G: 236, B: 244, A: 255}
	sea = color.RGBA{R: 22, G: 78, B: 99, A: 255}
)

// paint is the colour of one point.
func paint(shape string, u, v float64) color.RGBA {
	inside := false
	switch shape {
	case "circle":
		inside = math.Hypot(u, v) < 0.75
	case "square":
		inside = max(math.Abs(u), math.Abs(v)) < 0.7
	default:
		inside = v > 0.25*math.Sin(2*math.Pi*u)
	}
	if inside {
		return sea
	}
	return sky
}

type melody struct {
	Pitch float64 `json:"pitch,omitempty" jsonschema:"the first note, in hertz"`
}

const (
	sampleRate  = 16000
	noteSamples = sampleRate / 4
)

func chime(_ context.Context, _ *mcp.CallToolRequest, in melody) (*mcp.CallToolResult, any, error) {
	var samples []int16
	for _, interval := range []float64{1, 1.25, 1.5} { // a major chord, note by note
		for n := range noteSamples {
			t := float64(n) / sampleRate
			loudness := math.Exp(-8 * t)
			samples = append(samples, int16(12000*loudness*math.Sin(2*math.Pi*in.Pitch*interval*t)))
		}
	}
	sound, err := wav(samples)
	if err != nil {
		return nil, nil, fmt.Errorf("encode the sound: %w", err)
	}
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.AudioContent{Data: sound, MIMEType: "audio/wav"}}}, nil, nil
}

// wav is a WAVE file of one channel with 16 bits a sample.
func wav(samples []int16) ([]byte, error) {
	const header = 36 // bytes after the size field, before the samples
	size := uint32(2 * len(samples))
	var b bytes.Buffer
	for _, part := range []any{
		[]byte("RIFF"), header + size, []byte("WAVE"),
		[]byte("fmt "), uint32(16), uint16(1), uint16(1), uint32(sampleRate), uint32(2 * sampleRate), uint16(2), uint16(16),
		[]byte("data"), size, samples,
	} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}
