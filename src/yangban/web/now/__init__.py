"""Real-time air: the last hour of cities and stations, provisional, on the one public page that shows no frozen release."""
