"""The rules of sound: levels of day and night, grades of areas and roads, attainment of functional zones."""
