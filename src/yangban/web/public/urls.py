"""Addresses of the public site. Pages of results stand twice: of the newest release, and below ``releases/0001/`` of that one."""

from django.urls import include, path, register_converter

from yangban.web.now.views import now
from yangban.web.public import converters
from yangban.web.public.views import air, home, indicators, letters, method, nature, regions, releases, water

register_converter(converters.ReleaseNumber, "release")
register_converter(converters.PeriodLabel, "period")
register_converter(converters.RegionCode, "region")
register_converter(converters.Word, "word")

app_name = "public"
results = [
    path("air/", air.latest, name="air"),
    path("air/latest/", air.newest_day, name="air_day"),
    path("air/advice/", air.advice, name="advice"),
    path("air/<period:period>/", air.period, name="air_period"),
    path("air/<region:subject>/", air.latest, name="air_place"),
    path("air/<region:subject>/<period:period>/", air.period, name="air_place_period"),
    path("water/", water.latest, name="water"),
    path("water/<period:period>/", water.period, name="water_period"),
    path("water/<word:subject>/", water.section, name="water_section"),
    path("sound/", nature.sound, name="sound"),
    path("sound/<period:period>/", nature.sound, name="sound_period"),
    path("sound/<region:subject>/", nature.sound, name="sound_place"),
    path("sound/<region:subject>/<period:period>/", nature.sound, name="sound_place_period"),
    path("ecology/", nature.ecology, name="ecology"),
    path("ecology/<period:period>/", nature.ecology, name="ecology_period"),
    path("species/", nature.species, name="species"),
    path("species/<period:period>/", nature.species, name="species_period"),
    path("gep/", nature.gep, name="gep"),
    path("gep/<period:period>/", nature.gep, name="gep_period"),
    path("places/", regions.choose_place, name="regions"),
    path("places/<region:subject>/", regions.place, name="region"),
    path("indicators/", indicators.indicators, name="indicators"),
    path("indicators/<word:indicator>/", indicators.indicator, name="indicator"),
    path("method/", method.method, name="method"),
    path("method/<word:document>/", method.document, name="document"),
]
urlpatterns = [
    path("", home.home, name="home"),
    path("now/", now, name="now"),
    *results,
    path("how/<release:number>/<word:indicator>/<word:subject>/<period:period>/", method.how, name="how"),
    path("how/<release:number>/<word:indicator>/<word:subject>/<period:period>/chain/", method.chain, name="chain"),
    path("bulletins/", releases.bulletins, name="bulletins"),
    path("bulletins/<release:number>/<word:name>/", releases.bulletin, name="bulletin"),
    path("files/<release:number>/<path:path>", releases.file, name="file"),
    path("data/", releases.data, name="data"),
    path("releases/", releases.releases, name="releases"),
    path("releases/<release:number>/", releases.release, name="release"),
    path("releases/<release:number>/overview/", home.home, name="home"),
    path("releases/<release:number>/", include(results)),
    path("letters/", letters.letter, name="letter"),
    path("letters/status/", letters.status, name="letter_status"),
]
