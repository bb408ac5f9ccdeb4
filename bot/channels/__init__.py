"""The provider accounts through which we send and receive."""
