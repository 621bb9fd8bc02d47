-- All of this but repository.pulls is made again from the journal and the blobs.

CREATE TABLE meta (
  journal_end INTEGER NOT NULL            -- how much of the journal is in here, bytes
);
INSERT INTO meta VALUES (0);

CREATE TABLE IF NOT EXISTS repository (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  pulls INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE repository_blob (
  repository INTEGER NOT NULL REFERENCES repository,
  digest TEXT NOT NULL,
  PRIMARY KEY (repository, digest)
) WITHOUT ROWID;
CREATE INDEX repository_blob_digest ON repository_blob (digest);

CREATE TABLE manifest (
  repository INTEGER NOT NULL REFERENCES repository,
  digest TEXT NOT NULL,
  media_type TEXT NOT NULL,
  artifact_type TEXT,                     -- as the referrers API tells it
  subject TEXT,
  size INTEGER NOT NULL,                  -- of the manifest itself
  content_size INTEGER NOT NULL,          -- of all that it points at
  annotations TEXT NOT NULL,              -- JSON object
  config TEXT,                            -- digest
  moving_tags TEXT NOT NULL,              -- comma before, between and behind
  PRIMARY KEY (repository, digest)
) WITHOUT ROWID;
CREATE INDEX manifest_subject ON manifest (repository, subject) WHERE subject IS NOT NULL;
CREATE INDEX manifest_digest ON manifest (digest);

CREATE TABLE manifest_reference (         -- config, layers, and the children of an index
  repository INTEGER NOT NULL,
  digest TEXT NOT NULL,
  manifest TEXT NOT NULL,
  PRIMARY KEY (repository, digest, manifest)
) WITHOUT ROWID;

CREATE TABLE tag (
  repository INTEGER NOT NULL REFERENCES repository,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  published INTEGER NOT NULL,             -- milliseconds since 1970
  yanked INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (repository, name)
) WITHOUT ROWID;

CREATE TABLE kernel (                     -- narrow, since search sorts by it; id is the repository's
  id INTEGER PRIMARY KEY REFERENCES repository,
  name TEXT NOT NULL UNIQUE,
  short_name TEXT NOT NULL,               -- the name behind the last slash
  updated INTEGER NOT NULL,
  pulls INTEGER NOT NULL
);
CREATE INDEX kernel_short_name ON kernel (short_name);
CREATE INDEX kernel_updated ON kernel (updated DESC, name);
CREATE INDEX kernel_pulls ON kernel (pulls DESC, name);

CREATE TABLE kernel_shown (               -- what a page of results shows besides
  id INTEGER PRIMARY KEY REFERENCES kernel,
  version TEXT NOT NULL,
  latest TEXT NOT NULL,
  summary TEXT NOT NULL,
  tags TEXT NOT NULL,                     -- JSON array
  modes TEXT NOT NULL,                    -- JSON array
  arch TEXT NOT NULL,
  boot TEXT NOT NULL,                     -- protocol
  abi TEXT NOT NULL,
  languages TEXT NOT NULL,                -- JSON array
  hypervisors TEXT NOT NULL,              -- JSON array
  license TEXT NOT NULL,
  versions TEXT NOT NULL,                 -- JSON array
  spec TEXT NOT NULL,                     -- digest
  size INTEGER NOT NULL
);

CREATE VIRTUAL TABLE kernel_text USING fts5 (
  name, tags, summary, description,
  facets,                                 -- one word for each value that can be filtered by
  content = '', contentless_delete = 1,
  tokenize = 'porter unicode61 remove_diacritics 2',
  prefix = '3 4'
);

CREATE TABLE filter_value (               -- what some kernel has or had, to tell a slip from a rarity
  filter TEXT NOT NULL,                   -- as the API calls it
  value TEXT NOT NULL,
  PRIMARY KEY (filter, value)
) WITHOUT ROWID;

CREATE TABLE word (                       -- words of names and tags, to correct spelling by
  word TEXT PRIMARY KEY,
  kernels INTEGER NOT NULL                -- roughly how many have it
) WITHOUT ROWID;

CREATE TABLE word_gram (
  gram TEXT NOT NULL,
  length INTEGER NOT NULL,                -- of the word
  word TEXT NOT NULL,
  PRIMARY KEY (gram, length, word)
) WITHOUT ROWID;
