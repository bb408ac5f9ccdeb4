"""Engine, session, column types and bulk statements; the one place that knows two dialects."""
