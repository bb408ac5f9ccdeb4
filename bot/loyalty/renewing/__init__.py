"""Taking back notices of points that are not true any more."""
