package handlers

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/s3index"
	"ngportal/store"
)

// dataOperations are for looking at data.
func (s *site) dataOperations() []operation {
	const read = access.ScopeRead
	where := []parameter{textParam("location"), textParam("path")}
	return []operation{
		call("GET datasets", "The datasets that you may see or ask for; or with managed, those that you administer", read, s.apiDatasets,
			searchParams(truthParam("managed"), sortParam("name", "title", "created", "listed", "retired"))...),
		call("GET datasets/{dataset}", "A dataset", read, s.apiDataset),
		call("GET datasets/{dataset}/list", "A folder, as it is in storage now", read, s.apiFolder, append(pageParams(), where...)...),
		call("GET datasets/{dataset}/asset", "What an asset or another file is", read, s.apiAsset, where...),
	}
}

type datasetJSON struct {
	ID          int64          `json:"id"`
	Name        string         `json:"name"`
	Title       string         `json:"title"`
	Description string         `json:"description"`
	State       string         `json:"state" enum:"open terms_required listed retired" doc:"Whether you may see its data: open, once you accept its terms, once you are granted it, or nobody may."`
	Level       string         `json:"level" enum:"none view edit manage admin"`
	Listed      bool           `json:"listed" doc:"Everybody who has signed in may know of it."`
	Terms       *termsRefJSON  `json:"terms,omitzero"`
	Locations   []locationJSON `json:"locations" doc:"Those in use; for who may see its data."`
	Created     time.Time      `json:"created,omitzero" doc:"For its managers."`
}

type termsRefJSON struct {
	ID      int64 `json:"id"`
	Version int   `json:"version" doc:"The one to accept."`
}

type locationJSON struct {
	ID      string    `json:"id"`
	Bucket  string    `json:"bucket"`
	Prefix  string    `json:"prefix"`
	DataURL string    `json:"data_url" doc:"Where a browser with the cookies reads its data."`
	Retired bool      `json:"retired,omitzero"`
	Created time.Time `json:"created,omitzero"`
}

func (s *site) jsonLocation(l access.Location) locationJSON {
	return locationJSON{ID: l.ID, Bucket: l.Bucket, Prefix: l.Prefix, DataURL: s.dataURL(l, "")}
}

// jsonDataset is a dataset as may sees it.
func (s *site) jsonDataset(may access.Rights, d access.Dataset) datasetJSON {
	out := datasetJSON{
		ID: d.ID, Name: d.Name, Title: d.Title, Description: d.Description, State: "open", Level: may.Level(d.ID).String(),
		Listed: d.Listed, Locations: []locationJSON{},
	}
	if d.Terms != 0 {
		out.Terms = &termsRefJSON{d.Terms, d.TermsVersion}
	}
	_, err := may.Dataset(d.Name)
	_, terms := errors.AsType[*access.TermsError](err)
	switch {
	case terms:
		out.State = "terms_required"
	case errors.Is(err, fs.ErrPermission):
		out.State = "listed"
	case err != nil:
		out.State = "retired"
	}
	if err == nil || may.MayManage(d.ID, access.Manage) == nil {
		out.Locations = jsonEach(d.Locations, s.jsonLocation)
	}
	return out
}

// jsonManaged is a dataset as its managers see it.
func (s *site) jsonManaged(may access.Rights) func(store.DatasetRow) datasetJSON {
	return func(d store.DatasetRow) datasetJSON {
		out := s.jsonDataset(may, d.Dataset)
		out.Created = d.Created
		return out
	}
}

func (s *site) apiDatasets(r *http.Request, _ none) (listJSON[datasetJSON], error) {
	may := rights(r)
	q, err := askedPart(r)
	if err != nil {
		return listJSON[datasetJSON]{}, err
	}
	switch managed := r.URL.Query().Get("managed") == "true"; {
	case managed:
		rows, total, err := s.Store.Datasets(r.Context(), may, q)
		return jsonList(q, rows, total, s.jsonManaged(may)), err
	case q.Sort != "":
		return listJSON[datasetJSON]{}, invalidField("sort", "This is for managed=true. The others come in an order of their own.")
	}
	known := matching(append(may.Visible(), may.Listed()...), q.Text)
	return jsonPart(q, known, func(d access.Dataset) datasetJSON { return s.jsonDataset(may, d) }), nil
}

func (s *site) apiDataset(r *http.Request, _ none) (datasetJSON, error) {
	may := rights(r)
	id, err := s.apiDatasetID(r)
	if err != nil {
		return datasetJSON{}, err
	}
	row, err := s.Store.DatasetByID(r.Context(), may, id)
	if err == nil {
		return s.jsonManaged(may)(row), nil
	}
	if d, ok := may.Known(r.PathValue("dataset")); ok {
		return s.jsonDataset(may, d), nil
	}
	return datasetJSON{}, err
}

// apiDatasetID finds the dataset in the path of a request that the person may know of; administrators know of those that are
// retired, too.
func (s *site) apiDatasetID(r *http.Request) (int64, error) {
	may, name := rights(r), r.PathValue("dataset")
	if d, ok := may.Known(name); ok {
		return d.ID, nil
	}
	rows, _, err := s.Store.Datasets(r.Context(), may, store.Query{Text: name})
	for _, row := range rows {
		if row.Name == name {
			return row.ID, nil
		}
	}
	if err != nil {
		return 0, err
	}
	return 0, fmt.Errorf("dataset %q: %w", name, fs.ErrNotExist)
}

// An assetRef names a folder or an object in JSON.
type assetRef struct {
	Dataset  string `json:"dataset"`
	Location string `json:"location,omitzero" doc:"Needed where the dataset has several."`
	Path     string `json:"path" doc:"Inside the location. That of a directory ends in a slash."`
}

// apiRef finds what a program names, if it may be seen.
func apiRef(may access.Rights, a assetRef) (access.Ref, error) {
	d, err := may.Dataset(a.Dataset)
	if err != nil {
		return access.Ref{}, err
	}
	ref := access.Ref(a)
	if ref.Location == "" {
		if len(d.Locations) != 1 {
			return ref, invalidField("location", "The dataset has "+plural(len(d.Locations), "location")+". Name one of them.")
		}
		ref.Location = d.Locations[0].ID
	}
	if _, err = may.Resolve(ref); err != nil {
		return ref, err
	}
	return ref, access.CheckPath(ref.Path)
}

// apiRefIn is apiRef for an address.
func apiRefIn(r *http.Request) (access.Ref, error) {
	q := r.URL.Query()
	return apiRef(rights(r), assetRef{r.PathValue("dataset"), q.Get("location"), q.Get("path")})
}

type folderJSON struct {
	Dataset  string      `json:"dataset"`
	Location string      `json:"location"`
	Path     string      `json:"path"`
	Kind     string      `json:"kind,omitzero" enum:"zarr n5 precomputed" doc:"The folder is itself an asset."`
	Items    []entryJSON `json:"items"`
	Next     string      `json:"next,omitzero" doc:"To be given as after for the next part. Not there at the end."`
}

type entryJSON struct {
	Name     string    `json:"name"`
	Path     string    `json:"path"`
	Folder   bool      `json:"folder,omitzero" doc:"To be walked into."`
	Kind     string    `json:"kind,omitzero" enum:"zarr n5 precomputed nifti trk tck trx vtk tt" doc:"Of an asset."`
	Size     int64     `json:"size,omitzero" doc:"Of an object, in bytes."`
	Modified time.Time `json:"modified,omitzero"`
}

func (s *site) apiFolder(r *http.Request, _ none) (folderJSON, error) {
	ref, err := apiRefIn(r)
	if err != nil {
		return folderJSON{}, err
	}
	if ref.Path != "" && !strings.HasSuffix(ref.Path, "/") {
		ref.Path += "/"
	}
	page := s3index.Page{Token: r.URL.Query().Get("after"), Limit: pageRows}
	if n := queryNumber(r, "limit"); n > 0 {
		page.Limit = int32(min(n, store.MaxList))
	}
	f, err := s.Library.Folder(r.Context(), rights(r), ref, page)
	return folderJSON{
		ref.Dataset, ref.Location, ref.Path, string(f.Self),
		jsonEach(f.Entries, func(e s3index.Entry) entryJSON {
			return entryJSON{e.Name, e.Path, e.Folder, string(e.Kind), e.Size, e.Modified.UTC()}
		}),
		f.Next,
	}, err
}
