package edge

import "time"

// ask begins a question about an object. The caller calls done. It returns nil, which all methods take, if
// there is no room to remember the answer.
func (m *cacheMemory) ask(id objectID, at time.Time) *asking {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.objects[id]
	if o == nil {
		if !m.room(objectOverhead) {
			return nil
		}
		m.used += objectOverhead
		o = &cachedObject{id: id}
		m.objects[id] = o
	}
	m.notBare(o)
	o.asked++
	m.clock++
	return &asking{object: o, at: at, begun: m.clock}
}

// again lengthens a question until done is called once more, because a body follows.
func (m *cacheMemory) again(a *asking) *asking {
	m.mu.Lock()
	defer m.mu.Unlock()
	a.object.asked++
	return a
}

func (m *cacheMemory) done(a *asking) {
	if a == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	a.object.asked--
	m.settle(a.object)
}

// answered notes that the storage has v, and reports whether v is the current version now.
//
// If v is another version than the one known, one of the two is old. It is the known one if the question was
// asked after that had been noted. Otherwise nobody can tell, because the answers crossed: then
// neither is served again, and the next reader asks anew.
func (m *cacheMemory) answered(a *asking, v version) bool {
	if a == nil {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o := a.object
	switch {
	case !v.strong():
		m.clear(o)
	case o.version.etag != "" && o.version.is(v):
		o.seen = a.at
	case a.begun > o.noted:
		m.clear(o)
		o.version, o.seen = v, a.at
	default:
		m.clear(o)
	}
	m.clock++
	o.noted = m.clock
	return o.version.etag != "" && o.version.is(v)
}

// confirmed notes that the storage found a reader's own If-None-Match to be true.
func (m *cacheMemory) confirmed(a *asking, header string) {
	if a == nil || !isStrong(header) {
		return // it does not tell which ETag
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if o := a.object; o.version.etag == header {
		o.seen = a.at
	} else {
		m.clear(o)
	}
	m.clock++
	a.object.noted = m.clock
}

// forget notes that the object is gone, or no longer what it was.
func (m *cacheMemory) forget(a *asking) {
	if a == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clear(a.object)
	m.clock++
	a.object.noted = m.clock
}

// From here on the caller holds the lock.

// clear forgets the version of o, and its parts.
func (m *cacheMemory) clear(o *cachedObject) {
	o.version = version{}
	for _, p := range o.parts {
		m.drop(p)
	}
}

// drop keeps p no more.
func (m *cacheMemory) drop(p *cachedPart) {
	m.parts.Remove(p.place)
	p.place = nil
	delete(p.object.parts, p.part)
	if p.pins == 0 {
		m.used -= p.size
	} else {
		m.loose += p.size // until it has been read
	}
}

// room makes room for n bytes and reports whether there is. Least recently used parts go first.
func (m *cacheMemory) room(n int64) bool {
	for left := m.parts.Len(); m.used+n > m.limit && left > 0; left-- {
		p := m.parts.Back().Value.(*cachedPart)
		if p.pins > 0 { // it would free nothing
			m.parts.MoveToFront(p.place)
			continue
		}
		m.drop(p)
		m.settle(p.object)
	}
	for m.used+n > m.limit && m.bare.Len() > 0 {
		m.remove(m.bare.Back().Value.(*cachedObject))
	}
	return m.used+n <= m.limit
}

// settle decides what becomes of an object that lost a part or a question. Those without either are
// remembered in an eighth of the memory: their parts may lie on disk, and need not be asked for while fresh.
func (m *cacheMemory) settle(o *cachedObject) {
	if len(o.parts) > 0 || o.asked > 0 {
		return
	}
	if o.version.etag == "" {
		m.remove(o)
		return
	}
	if o.place == nil {
		o.place = m.bare.PushFront(o)
	}
	for int64(m.bare.Len())*objectOverhead > m.limit/8 {
		m.remove(m.bare.Back().Value.(*cachedObject))
	}
}

func (m *cacheMemory) notBare(o *cachedObject) {
	if o.place != nil {
		m.bare.Remove(o.place)
		o.place = nil
	}
}

func (m *cacheMemory) remove(o *cachedObject) {
	m.notBare(o)
	delete(m.objects, o.id)
	m.used -= objectOverhead
}
