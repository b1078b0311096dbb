"""JSON documents that leakguard writes and reads again (results, manifests): one module per kind, with its writer and its reader."""
