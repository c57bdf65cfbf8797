package handlers

import (
	"net/http"
	"slices"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// datasetOperations are for those who administer datasets.
func (s *site) datasetOperations() []operation {
	const admin = access.ScopeAdmin
	return []operation{
		call("POST datasets", "Make a dataset", admin, s.apiAddDataset),
		call("PATCH datasets/{dataset}", "Change a dataset", admin, s.apiChangeDataset),
		call("GET datasets/{dataset}/locations", "The locations of a dataset, in use or not", admin, s.apiLocations),
		call("POST datasets/{dataset}/locations", "Add a location to a dataset", admin, s.apiAddLocation),
		call("PATCH datasets/{dataset}/locations/{location}", "Move a location, take it out of use, or into use again", admin, s.apiChangeLocation),
		call("GET datasets/{dataset}/grants", "What is granted on a dataset, also what has expired", admin, s.apiGrants),
		call("PUT datasets/{dataset}/grants/{group}/{permission}", "Give a permission on a dataset to a group, or change until when", admin, s.apiSetGrant),
		call("DELETE datasets/{dataset}/grants/{group}/{permission}", "Take a permission back", admin, s.apiRemoveGrant),
	}
}

type locationWish struct {
	ID     string `json:"id" doc:"Small letters, digits and hyphens. It is never used again."`
	Bucket string `json:"bucket"`
	Prefix string `json:"prefix" doc:"Empty, or ending in a slash."`
}

type datasetWish struct {
	Name        string         `json:"name" doc:"In addresses."`
	Title       string         `json:"title,omitzero"`
	Description string         `json:"description,omitzero"`
	Listed      bool           `json:"listed,omitzero" doc:"Everybody who has signed in may know of it."`
	Terms       int64          `json:"terms,omitzero" doc:"The id of the terms to accept first."`
	Locations   []locationWish `json:"locations,omitzero"`
}

func (s *site) apiAddDataset(r *http.Request, in datasetWish) (madeNamedJSON, error) {
	d := access.Dataset{Name: in.Name, Title: in.Title, Description: in.Description, Listed: in.Listed, Terms: in.Terms}
	for _, l := range in.Locations {
		d.Locations = append(d.Locations, access.Location(l))
	}
	id, err := s.Store.AddDataset(r.Context(), rights(r), d)
	return madeNamedJSON{id, in.Name}, err
}

// A madeNamedJSON is a new dataset, whose address has its name.
type madeNamedJSON struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

func (m madeNamedJSON) address() string { return apiPath + "datasets/" + m.Name }

type datasetChange struct {
	Name        *string `json:"name" doc:"For administrators of the portal."`
	Title       *string `json:"title"`
	Description *string `json:"description"`
	Listed      *bool   `json:"listed" doc:"For those with the permission admin."`
	Terms       *int64  `json:"terms" doc:"The id of the terms to accept first, 0 for none. For those with the permission admin."`
	Retired     *bool   `json:"retired" doc:"For administrators of the portal."`
}

// apiChangeDataset answers with the dataset under the name that it has then.
func (s *site) apiChangeDataset(r *http.Request, in datasetChange) (datasetJSON, error) {
	id, err := s.apiDatasetID(r)
	if err != nil {
		return datasetJSON{}, err
	}
	if err = s.Store.ChangeDataset(r.Context(), rights(r), id, store.DatasetChange(in)); err != nil {
		return datasetJSON{}, err
	}
	may, err := s.apiRightsNow(r)
	if err != nil {
		return datasetJSON{}, err
	}
	row, err := s.Store.DatasetByID(r.Context(), may, id)
	return s.jsonManaged(may)(row), err
}

// apiRightsNow are the rights of whoever asks, by what they have changed just now.
func (s *site) apiRightsNow(r *http.Request) (access.Rights, error) {
	before := rights(r)
	policy, err := s.Policies.Current(r.Context())
	if err != nil {
		return access.Rights{}, err
	}
	return policy.For(before.Person(), before.Scope(), before.Now()), nil
}

func (s *site) apiLocations(r *http.Request, _ none) (listJSON[locationJSON], error) {
	id, err := s.apiDatasetID(r)
	if err != nil {
		return listJSON[locationJSON]{}, err
	}
	rows, err := s.Store.LocationsOf(r.Context(), rights(r), id)
	return jsonWhole(rows, func(l store.LocationRow) locationJSON {
		out := s.jsonLocation(l.Location)
		out.Retired, out.Created = l.Retired, l.Created
		return out
	}), err
}

func (s *site) apiAddLocation(r *http.Request, in locationWish) (none, error) {
	id, err := s.apiDatasetID(r)
	if err != nil {
		return none{}, err
	}
	return none{}, s.Store.AddLocation(r.Context(), rights(r), id, access.Location(in))
}

type locationChange struct {
	Bucket  *string `json:"bucket" doc:"Together with prefix: the data lie there now."`
	Prefix  *string `json:"prefix"`
	Retired *bool   `json:"retired" doc:"Out of use. Not together with the others."`
}

func (s *site) apiChangeLocation(r *http.Request, in locationChange) (none, error) {
	id, err := s.apiDatasetID(r)
	if err != nil {
		return none{}, err
	}
	all, err := s.Store.LocationsOf(r.Context(), rights(r), id)
	if err != nil {
		return none{}, err
	}
	location := r.PathValue("location")
	if !slices.ContainsFunc(all, func(l store.LocationRow) bool { return l.ID == location }) {
		return none{}, notHere()
	}
	switch {
	case in.Retired != nil && in.Bucket == nil && in.Prefix == nil:
		return none{}, s.Store.RetireLocation(r.Context(), rights(r), location, *in.Retired)
	case in.Retired == nil && in.Bucket != nil && in.Prefix != nil:
		return none{}, s.Store.MoveLocation(r.Context(), rights(r), location, *in.Bucket, *in.Prefix)
	}
	return none{}, invalidField("", "Send bucket and prefix, or retired, and one of the two at a time.")
}

func (s *site) apiGrants(r *http.Request, _ none) (listJSON[grantJSON], error) {
	id, err := s.apiDatasetID(r)
	if err != nil {
		return listJSON[grantJSON]{}, err
	}
	rows, err := s.Store.Grants(r.Context(), rights(r), id)
	return jsonWhole(rows, jsonGrant), err
}

type grantWish struct {
	Expires time.Time `json:"expires,omitzero" doc:"Without it, never."`
}

func (s *site) apiSetGrant(r *http.Request, in grantWish) (none, error) {
	id, err := s.apiDatasetID(r)
	if err != nil {
		return none{}, err
	}
	return none{}, s.Store.SetGrant(r.Context(), rights(r), access.Grant{
		Dataset: id, Group: pathNumber(r, "group"), Permission: r.PathValue("permission"), Expires: in.Expires,
	})
}

func (s *site) apiRemoveGrant(r *http.Request, _ none) (none, error) {
	id, err := s.apiDatasetID(r)
	if err != nil {
		return none{}, err
	}
	return none{}, s.Store.RemoveGrant(r.Context(), rights(r), id, pathNumber(r, "group"), r.PathValue("permission"))
}
