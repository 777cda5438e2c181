import RegistryRules
package import Store

extension ECRService {
    /// Tables of repositories, images, tags and layers. What is only stored and shown is JSON in `body`.
    /// `ecr_reference` says which layers and child manifests an image needs.
    package static let migrations = [
        StoreMigration("ecr-1-registry", sql: """
            CREATE TABLE ecr_repository (
                id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL,
                created INTEGER NOT NULL, body TEXT NOT NULL
            );
            CREATE UNIQUE INDEX ecr_repository_name ON ecr_repository (account, region, name);
            CREATE TABLE ecr_layer (
                repository INTEGER NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL, uploaded INTEGER NOT NULL,
                PRIMARY KEY (repository, digest)
            ) WITHOUT ROWID;
            CREATE INDEX ecr_layer_digest ON ecr_layer (digest);
            CREATE TABLE ecr_image (
                id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL, digest TEXT NOT NULL,
                manifest BLOB NOT NULL, media_type TEXT NOT NULL, size INTEGER NOT NULL, pushed INTEGER NOT NULL,
                subject TEXT NOT NULL, status TEXT NOT NULL, body TEXT NOT NULL
            );
            CREATE UNIQUE INDEX ecr_image_digest ON ecr_image (repository, digest);
            CREATE INDEX ecr_image_subject ON ecr_image (repository, subject);
            CREATE TABLE ecr_tag (
                repository INTEGER NOT NULL, tag TEXT NOT NULL, image INTEGER NOT NULL, PRIMARY KEY (repository, tag)
            ) WITHOUT ROWID;
            CREATE INDEX ecr_tag_image ON ecr_tag (image, tag);
            CREATE TABLE ecr_reference (
                image INTEGER NOT NULL, repository INTEGER NOT NULL, digest TEXT NOT NULL, is_manifest INTEGER NOT NULL,
                PRIMARY KEY (image, digest, is_manifest)
            ) WITHOUT ROWID;
            CREATE INDEX ecr_reference_digest ON ecr_reference (repository, digest, is_manifest);
            CREATE TABLE ecr_replication (
                image INTEGER NOT NULL, region TEXT NOT NULL, account TEXT NOT NULL, status TEXT NOT NULL,
                failure TEXT NOT NULL, PRIMARY KEY (image, region, account)
            ) WITHOUT ROWID;
            """),
    ]
}
