package import Store

extension S3Service {
    /// The tables of buckets, objects and uploads. Keys are blobs, so that SQL orders them byte by byte.
    /// `s3_segment` says which stored bytes make up an object, in order: one row, or one for each part of an upload.
    package static let migrations = [
        StoreMigration("s3-1-objects", sql: """
            CREATE TABLE s3_bucket (
                id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, account TEXT NOT NULL,
                region TEXT NOT NULL, location TEXT NOT NULL, created INTEGER NOT NULL, tags TEXT NOT NULL
            );
            CREATE INDEX s3_bucket_account ON s3_bucket (account, name);
            CREATE TABLE s3_object (
                id INTEGER PRIMARY KEY AUTOINCREMENT, bucket INTEGER NOT NULL, key BLOB NOT NULL, size INTEGER NOT NULL,
                etag TEXT NOT NULL, modified INTEGER NOT NULL, storage_class TEXT NOT NULL,
                checksum_algorithm TEXT NOT NULL, checksum TEXT NOT NULL, checksum_kind TEXT NOT NULL,
                parts INTEGER NOT NULL, headers TEXT NOT NULL, tags TEXT NOT NULL
            );
            CREATE UNIQUE INDEX s3_object_key ON s3_object (bucket, key);
            CREATE TABLE s3_segment (
                object INTEGER NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, blob BLOB NOT NULL,
                checksum TEXT NOT NULL, PRIMARY KEY (object, number)
            ) WITHOUT ROWID;
            CREATE INDEX s3_segment_blob ON s3_segment (blob);
            CREATE TABLE s3_upload (
                number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, bucket INTEGER NOT NULL,
                key BLOB NOT NULL, initiated INTEGER NOT NULL, initiator TEXT NOT NULL, checksum_algorithm TEXT NOT NULL,
                checksum_kind TEXT NOT NULL, is_checksum_asked INTEGER NOT NULL, headers TEXT NOT NULL, tags TEXT NOT NULL
            );
            CREATE INDEX s3_upload_key ON s3_upload (bucket, key, number);
            CREATE TABLE s3_part (
                upload INTEGER NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
                modified INTEGER NOT NULL, blob BLOB NOT NULL, checksum TEXT NOT NULL, PRIMARY KEY (upload, number)
            ) WITHOUT ROWID;
            CREATE INDEX s3_part_blob ON s3_part (blob);
            """),
        StoreMigration("s3-2-bucket-policies", sql: "ALTER TABLE s3_bucket ADD COLUMN policy TEXT NOT NULL DEFAULT ''"),
    ]
}
