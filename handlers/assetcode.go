package handlers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"ngportal/ngstate"
	"ngportal/s3index"
	"ngportal/views"
)

const awsNote = "It needs AWS credentials that may read the bucket. Ask whoever manages the data for them; the portal lends none."

// codes are texts that do with an asset what people do: read it in Python, copy it, ask the portal about it, open it.
func (s *site) codes(a s3index.Asset) []views.Code {
	uri := a.Location.URI(a.Ref.Path)
	var out []views.Code
	add := func(title, note, text string) { out = append(out, views.Code{Title: title, Note: note, Text: text}) }
	switch {
	case a.Kind == s3index.Zarr && a.Fault == nil && a.Volume != nil:
		add("Python: zarr", awsNote, zarrCode(a, uri))
	case a.Kind == s3index.NIfTI, a.Kind == s3index.MGH:
		add("Python: nibabel", awsNote, fetchCode(a, uri)+"import nibabel  # pip install nibabel\n\nimage = nibabel.load("+quoted(a.Name)+")\nprint(image.shape, image.affine)\n")
	case a.Kind == s3index.TRK, a.Kind == s3index.TCK:
		add("Python: nibabel", awsNote, fetchCode(a, uri)+"import nibabel  # pip install nibabel\n\ntracts = nibabel.streamlines.load("+quoted(a.Name)+")\nprint(len(tracts.streamlines))\n")
	case a.Kind == s3index.TRX:
		add("Python: trx", awsNote, fetchCode(a, uri)+"from trx.trx_file_memmap import load  # pip install trx-python\n\ntracts = load("+quoted(a.Name)+")\nprint(len(tracts.streamlines))\n")
	}
	add("Command line: AWS", awsNote, copyCode(a, uri))
	if a.Kind != "" && a.Fault == nil {
		add("Python: ngtools", "It shows a copy on your own machine: fetch one with the AWS command line first.", ngtoolsCode(a))
	}
	add("Command line: this portal", "It tells what the portal knows of it, as JSON. Make a token in the settings and put it into NGPORTAL_TOKEN.", s.askCode(a))
	if layers := s.layerCode(a); layers != "" {
		add("Neuroglancer: layers", "The layers that “Open in Neuroglancer” makes, for the viewer’s JSON editor. Only a browser that has opened it from here may read the data.", layers)
	}
	return out
}

// quoted is a string of Python. What Go's quoting makes of UTF-8 Python reads alike.
func quoted(text string) string { return strconv.Quote(text) }

// shell is a word of a POSIX shell.
func shell(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

func zarrCode(a s3index.Asset, uri string) string {
	img := a.Volume
	open, at := "open_group", uri
	if img.Sub != "" {
		at += img.Sub + "/"
	}
	level := ""
	if len(img.Levels) > 0 {
		level = strings.TrimPrefix(img.Levels[0].Path, img.Sub+"/")
	}
	if level == "" {
		open = "open_array"
	}
	code := "import zarr  # pip install zarr s3fs\n\n# For data that are open to everybody: {\"anon\": True}\n" +
		"data = zarr." + open + "(" + quoted(at) + ", mode=\"r\", storage_options={\"anon\": False})\n"
	if level == "" {
		return code + "print(data.shape, data.dtype)\n"
	}
	return code + "finest = data[" + quoted(level) + "]\nprint(finest.shape, finest.dtype)\n"
}

// fetchCode gets an object into the working directory.
func fetchCode(a s3index.Asset, uri string) string {
	return "import s3fs  # pip install s3fs\n\n# For data that are open to everybody: anon=True\n" +
		"s3fs.S3FileSystem(anon=False).get_file(" + quoted(uri) + ", " + quoted(a.Name) + ")\n\n"
}

func copyCode(a s3index.Asset, uri string) string {
	words := "aws s3 cp " + shell(uri) + " " + shell("./"+a.Name)
	if strings.HasSuffix(a.Ref.Path, "/") {
		words = "aws s3 sync " + shell(uri) + " " + shell("./"+a.Name+"/")
	}
	return words + "\n"
}

func ngtoolsCode(a s3index.Asset) string {
	return "from ngtools.local.viewer import LocalNeuroglancer  # pip install ngtools\n\nviewer = LocalNeuroglancer()\n" +
		"viewer.load({" + quoted(a.Name) + ": " + quoted("./"+a.Name) + "})\nprint(viewer.get_viewer_url())\n"
}

func (s *site) askCode(a s3index.Asset) string {
	q := url.Values{"location": {a.Ref.Location}, "path": {a.Ref.Path}}
	at := s.PortalURL + apiPath + "datasets/" + url.PathEscape(a.Ref.Dataset) + "/asset?" + q.Encode()
	return "curl -H \"Authorization: Bearer $NGPORTAL_TOKEN\" " + shell(at) + "\n"
}

// layerCode is the layers that Neuroglancer shows an asset with; "" if it shows none.
func (s *site) layerCode(a s3index.Asset) string {
	if a.Fault != nil || a.Volume == nil && a.Tract == nil {
		return ""
	}
	scene, err := ngstate.Compose(a.Name, []ngstate.Asset{s.plainAsset(a)}, ngstate.View{})
	if err != nil {
		return "" // its page says why
	}
	var state struct{ Layers json.RawMessage }
	var out bytes.Buffer
	if json.Unmarshal(scene.JSON, &state) != nil || json.Indent(&out, state.Layers, "", "  ") != nil {
		return ""
	}
	return fmt.Sprintln(out.String())
}
