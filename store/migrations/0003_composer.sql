-- A tray is arranged into a scene, and what has been done to it can be undone.

-- options is JSON: how an asset is to look and what moves it; '' leaves it as it is.
ALTER TABLE tray_items ADD COLUMN options TEXT NOT NULL DEFAULT '';

-- view is JSON: how the scene is looked at. step is the last of the steps that has not been undone; 0 for none.
CREATE TABLE trays (
	person INTEGER NOT NULL PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
	view   TEXT NOT NULL,
	step   INTEGER NOT NULL
) STRICT;

-- tray is JSON: the whole tray before the step, or after it once it has been undone.
CREATE TABLE tray_steps (
	person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
	n      INTEGER NOT NULL,
	what   TEXT NOT NULL,
	tray   TEXT NOT NULL,
	PRIMARY KEY (person, n)
) STRICT;
